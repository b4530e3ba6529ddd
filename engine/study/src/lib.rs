//! What rules would have done: history replayed through changed rules, rules that never fire, rules that contradict.
