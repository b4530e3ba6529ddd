//! What editors ask while somebody writes rules: faults, completions, explanations, places, formatting.
