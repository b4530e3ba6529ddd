//! Hostile scripts: each is refused or stopped within its limits, holds the claim, and lets the other rules go on.
//!
//! Memory is counted by the allocator. Time is counted in the script's own measures; the clock here only tells that a script
//! ends at all.

mod common;

use std::sync::Mutex;
use std::time::{Duration, Instant};

use claimflow_core::{Level, Stage};
use claimflow_rules::{Compiled, RULE_REVIEW};
use common::{compiled, fired, rule, world};
use peak_alloc::PeakAlloc;
use proptest::prelude::*;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// One script at a time: the allocator counts for all.
static ALONE: Mutex<()> = Mutex::new(());

/// What a script may take, in bytes.
const MEMORY: usize = 64 << 20;

/// Long enough for a machine that is busy with other things.
const AT_ALL: Duration = Duration::from_secs(20);

/// Runs `work`; answers what it gives, with the bytes that it took at most beyond what was there.
fn measured<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let started = Instant::now();
    let done = work();
    assert!(started.elapsed() < AT_ALL, "it took {:?}", started.elapsed());
    (done, ALLOCATOR.peak_usage().saturating_sub(before))
}

fn program(functions: &str, body: &str) -> String {
    format!(
        "{functions}\nfn f(x) {{ {body} }}\n{}{}",
        rule("HOSTILE", "when f(1) == 1\nhold documentation"),
        rule("SOUND", "when true\nhold coding")
    )
}

fn stopped(name: &str, functions: &str, body: &str, says: &str) {
    let text = program(functions, body);
    let compiled = compiled(&text);
    assert!(!compiled.has_errors(), "{name}: {:#?}", compiled.diagnostics);
    let started = Instant::now();
    let (evaluation, bytes) = measured(|| world().evaluate(&compiled.rules, Stage::Scrub));
    println!("{name}: {} KB, {:?}", bytes / 1024, started.elapsed());
    assert!(bytes < MEMORY, "{name} took {bytes} bytes");
    assert_eq!(fired(&evaluation), ["HOSTILE error rule_review", "SOUND hold coding"], "{name}");
    let finding = &evaluation.findings[0];
    assert_eq!((finding.level, finding.category.as_str()), (Level::Error, RULE_REVIEW));
    // On a machine that is busy the limit on time may come first.
    let late = finding.message.contains("it takes too long");
    assert!(
        finding.message.contains("HOSTILE") && (late || finding.message.contains(says)),
        "{name}: {}",
        finding.message
    );
}

#[test]
fn running_scripts_are_stopped() {
    let big = "let t = \"\"; t.pad(16000, \"b\");";
    let scope: String = (0..24).map(|n| format!("let v{n} = t + \"{n}\";")).collect();
    let lists: String = (0..24).map(|n| format!("let v{n} = []; v{n}.pad(1000, []); ")).collect();
    for (name, functions, body, says) in [
        ("endless loop", "", "loop { } 1", "operations"),
        ("endless loop with work", "", "let n = 0; while true { n += 1; n -= 1; } n", "operations"),
        ("recursion", "", "f(x)", "deep"),
        ("mutual recursion", "fn g(x) { let a = f(x); a } ", "let a = g(x); a", "deep"),
        ("doubling text", "", "let t = \"ab\"; loop { t += t; } 1", "grows beyond"),
        ("doubling text by +", "", "let t = \"ab\"; loop { t = t + t; } 1", "grows beyond"),
        ("doubling text in a text", "", "let t = \"ab\"; loop { t = `${t}${t}`; } 1", "grows beyond"),
        ("padding", "", "let t = \"a\"; t.pad(2000000000, \"b\"); 1", "grows beyond"),
        ("replacing", "", &format!("{big} t.replace(\"b\", t); 1"), "grows beyond"),
        ("replacing nothing", "", &format!("{big} t.replace(\"\", t); 1"), "grows beyond"),
        ("growing list", "", "let l = []; loop { l.push(1); } 1", "grows beyond"),
        ("doubling list", "", "let l = [1]; loop { l += l; } 1", "grows beyond"),
        ("doubling list by append", "", "let l = [1]; loop { l.append(l); } 1", "grows beyond"),
        ("nested lists", "", "let l = [1]; loop { l = [l, l]; } 1", "grows beyond"),
        ("deep list", "", "let l = [1]; loop { l = [l]; } 1", ""),
        ("padded list", "", "let l = []; l.pad(2000000000, 1); 1", "grows beyond"),
        (
            "list of long texts",
            "",
            &format!("{big} let l = []; loop {{ l.push(t + \"x\"); }} 1"),
            "grows beyond",
        ),
        (
            "mapped to long texts",
            "",
            &format!("{big} let l = []; l.pad(1000, 1); let m = l.map(|n| t + n); 1"),
            "grows beyond",
        ),
        (
            "mapped twice",
            "",
            &format!("{big} let l = []; l.pad(1000, 1); let o = l; let m = l.map(|n| o.map(|k| t + k)); 1"),
            "grows beyond",
        ),
        ("split to many", "", &format!("{big} let l = t.split(\"b\"); 1"), "grows beyond"),
        ("long texts in each call", "", &format!("{big} {scope} let a = f(x); a"), "deep"),
        ("long lists in each call", "", &format!("{lists} let a = f(x); a"), "deep"),
        ("copying a list over and over", "", "let l = []; l.pad(1000, \"x\"); loop { let m = l; } 1", ""),
        (
            "searching over and over",
            "",
            &format!("{big} loop {{ t.contains(\"bbbbbbbbbbbbbbbbbbba\"); }} 1"),
            "",
        ),
        (
            "too many variables",
            "",
            &(0..40).map(|n| format!("let w{n} = 1;")).chain(["1".to_owned()]).collect::<String>(),
            "variables",
        ),
        ("overflow", "", "let n = 9223372036854775807; n + 1", "too large"),
        ("division by zero", "", "let n = 0; 1 / n", "zero"),
        ("range without end", "", "let s = 0; for n in 0..9223372036854775807 { s = n; } s", "operations"),
    ] {
        stopped(name, functions, body, says);
    }
}

fn refused(name: &str, text: &str, says: &str) {
    let (found, bytes): (Compiled, usize) = measured(|| compiled(text));
    assert!(bytes < MEMORY, "{name} took {bytes} bytes");
    let own: Vec<&str> = found.diagnostics.iter().map(|own| own.message.as_str()).collect();
    assert!(found.has_errors(), "{name}");
    assert!(
        own.iter().any(|message| message.contains(says)),
        "{name}: {:?}",
        own.iter().take(5).collect::<Vec<_>>()
    );
    assert!(found.rules.rule("SOUND").is_some(), "{name}: the sound rule is lost");
    assert!(found.rules.rule("HOSTILE").is_none() || !name.starts_with("rule"), "{name}");
}

#[test]
fn what_cannot_be_limited_is_refused() {
    for (name, body, says) in [
        ("map", "let m = #{}; 1", "maps"),
        ("growing map", "let m = #{}; let n = 0; loop { m[`k${n}`] = n; n += 1; } 1", "maps"),
        ("map in a closure", "[1].any(|n| { let m = #{}; true }); 1", "maps"),
        (
            "index assignment in a closure",
            "[1].any(|n| { let l = [1]; l[0] = [l]; true }); 1",
            "parts of a value",
        ),
        ("index assignment", "let l = [1]; l[0] = l; 1", "parts of a value"),
        ("field assignment", "claim.charge = 1; 1", "parts of a value"),
        ("eval", "eval(\"1\")", "`eval`"),
        ("eval in a closure", "[1].any(|n| eval(\"true\")); 1", "`eval`"),
        ("import", "import \"helpers\" as h; 1", "`import`"),
        ("import above", "import \"../../secret\" as h; 1", "`import`"),
        ("absolute import", "import \"/etc/passwd\" as h; 1", "`import`"),
        ("import over and over", "loop { import \"a\" as h; } 1", "`import`"),
        ("closure kept", "let g = |n| n; 1", "functions kept"),
        ("closures in a chain", "let g = |n| n; loop { let h = g; g = |n| h == n; } 1", "functions kept"),
        ("closures in a list", "let l = []; let s = \"a\"; l.push(|n| s); 1", "functions kept"),
        ("closure answered", "[1].map(|n| |k| k); 1", "functions kept"),
        ("function by name", "let g = Fn(\"f\"); 1", "`Fn`"),
        ("curry", "[1].map(|n| n.curry(1)); 1", "`curry`"),
        ("throw", "throw 1", "`throw`"),
        ("try", "try { f(1) } catch { 1 }", "`try`"),
        ("print", "print(\"x\"); 1", "`print`"),
    ] {
        refused(name, &program("", body), says);
    }
    let sound = rule("SOUND", "when true\nhold coding");
    let hostile =
        |condition: &str| format!("{sound}{}", rule("HOSTILE", &format!("when {condition}\nhold coding")));
    refused(
        "rule with a map in a closure",
        &hostile("claim.diagnoses.any(|c| { let m = #{}; m[c] = 1; true })"),
        "",
    );
    refused("constant that loops", &format!("const X = {{ loop {{ }} }};\n{sound}"), "not constant");
    refused(
        "constant that calls",
        &format!("fn f() {{ loop {{ }} }}\nconst X = f();\n{sound}"),
        "not constant",
    );
}

#[test]
fn monstrous_texts_are_refused() {
    let sound = rule("SOUND", "when true\nhold coding");
    let hostile =
        |condition: &str| format!("{sound}{}", rule("HOSTILE", &format!("when {condition}\nhold coding")));
    let many = |part: &str, count: usize| part.repeat(count);
    for (name, condition) in [
        ("sums", format!("1{} > 2", many(" + 1", 100_000))),
        ("sums over lines", format!("1{} > 2", many(" +\n1", 10_000))),
        ("bracketed sums", format!("(1){} > 2", many("+(1)", 10_000))),
        ("nested brackets", format!("{}true{}", many("(", 10_000), many(")", 10_000))),
        ("nested lists", format!("{}1{} == 1", many("[", 10_000), many("]", 10_000))),
        ("nested calls", format!("{}1{} == 1", many("abs(", 5_000), many(")", 5_000))),
        ("negations", format!("{}true", many("!", 50_000))),
        ("negations with space", format!("{}true", many("! ", 50_000))),
        ("minuses", format!("{}1 == 1", many("-", 50_000))),
        ("fields", format!("claim{}", many(".charge", 50_000))),
        ("calls in a chain", format!("claim.id{} == 1", many(".len()", 10_000))),
        ("indexes", format!("claim.diagnoses{} == 1", many("[0]", 10_000))),
        ("coalesced", format!("claim.charge{} > 1", many(" ?? 1", 10_000))),
        ("comparisons", format!("1{}", many(" == 1", 10_000))),
        ("memberships", format!("1{}", many(" in 1", 10_000))),
        ("branches", format!("if true {{ true }}{} else {{ true }}", many(" else if true { true }", 5_000))),
        ("blocks", format!("{}true{}", many("{", 10_000), many("}", 10_000))),
        ("closures", format!("{}true", many("|a| ", 10_000))),
        ("terms", format!("true{}", many(" && true", 100_000))),
        ("alternatives", format!("true{}", many(" || claim.charge > 1", 20_000))),
        ("filled texts", format!("{}1{} == \"\"", many("`${", 2_000), many("}`", 2_000))),
    ] {
        refused(name, &hostile(&condition), "");
    }
    let file = format!("{sound}// {}", many("x", 2 << 20));
    assert!(compiled(&file).diagnostics[0].message.contains("larger than"));
    // Long and sound: many terms, and a list of ten thousand codes.
    let terms = hostile(&format!("claim.charge > 1{}", many(" && claim.charge > 1", 80)));
    assert!(
        !compiled(&terms).has_errors(),
        "{:#?}",
        compiled(&terms).diagnostics.iter().take(3).collect::<Vec<_>>()
    );
    let codes: String = (10_000..20_000).map(|code| format!("\"{code}\",")).collect();
    assert!(!compiled(&format!("const CODES = [{codes}];\n{sound}")).has_errors());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    /// Whatever a function's body is: it is refused, or it ends within its memory, and the sound rule goes on.
    #[test]
    fn random_scripts_end(parts in prop::collection::vec(prop::sample::select(PARTS.to_vec()), 1..14)) {
        let body = parts.concat();
        let text = program("fn g(x) { f(x) }", &format!("let t = \"ab\"; let l = [1, 2]; let n = 1; {body} 1"));
        let compiled = compiled(&text);
        prop_assert!(compiled.rules.rule("SOUND").is_some() || compiled.has_errors());
        let (evaluation, bytes) = measured(|| world().evaluate(&compiled.rules, Stage::Scrub));
        prop_assert!(bytes < MEMORY, "{bytes} bytes: {body}");
        if compiled.rules.rule("SOUND").is_some() {
            prop_assert!(fired(&evaluation).contains(&"SOUND hold coding".to_owned()));
        }
    }

    /// Garbage made of the language's own pieces never panics, hangs or overflows the stack.
    #[test]
    fn garbage_compiles_to_faults(parts in prop::collection::vec(prop::sample::select(GARBAGE.to_vec()), 0..400)) {
        let text = parts.join(" ");
        let (_, bytes) = measured(|| compiled(&text));
        prop_assert!(bytes < MEMORY, "{bytes} bytes");
    }
}

const PARTS: &[&str] = &[
    "t += t; ",
    "t = t + \"x\"; ",
    "t.pad(9000, \"z\"); ",
    "t.replace(\"b\", t); ",
    "l.push(t); ",
    "l = [l, l]; ",
    "l += l; ",
    "l.pad(900, t); ",
    "for k in 0..200 { ",
    "} ",
    "while n < 100000 { n += 1; ",
    "loop { ",
    "if n > 3 { ",
    "n += f(n); ",
    "n += g(n); ",
    "l = l.map(|k| t); ",
    "l = t.split(\"b\"); ",
    "l = l.filter(|k| true); ",
    "t = `${l}${t}`; ",
    "break; ",
    "return 1; ",
    "n = claim.line_count; ",
    "t = claim.id; ",
    "n *= 77777; ",
    "l.append(l); ",
    "t = t.to_upper(); ",
];

const GARBAGE: &[&str] = &[
    "rule",
    "\"X\"",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "when",
    "fix",
    "hold",
    "documentation",
    "title",
    "because",
    "stage",
    "scrub",
    "each",
    "line",
    "claim",
    ".",
    "charge",
    "==",
    "=",
    "&&",
    "||",
    "!",
    "+",
    "-",
    "1",
    "2.5",
    "\"95\"",
    "`${",
    "}`",
    "\"",
    ";",
    ",",
    "|a|",
    "||",
    "fn",
    "f",
    "const",
    "A",
    "if",
    "else",
    "let",
    "loop",
    "for",
    "in",
    "import",
    "disable",
    "#{",
    "//",
    "/*",
    "*/",
    "\n",
    "()",
    "??",
    "?.",
    "..",
    "=>",
    "switch",
    "while",
    "return",
    "this",
    "\u{201c}",
    "table",
    "has",
    "codes",
];

/// The example of the page is a sound rule, and its limits are the ones in force.
#[test]
fn the_page_is_true() {
    let page = include_str!("../../../docs/sandbox.md");
    let example =
        page.split("```rhai\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    assert_eq!(compiled(example).diagnostics, []);
    let (loops, deep, list) = ("loop { } 1", "f(x)", "let l = []; loop { l.push(1); } 1");
    for (body, limits) in [(loops, vec!["100,000"]), (deep, vec!["16"]), (list, vec!["16,384", "1,024"])] {
        let compiled = compiled(&program("", body));
        let evaluate = || world().evaluate(&compiled.rules, Stage::Scrub).findings[0].message.clone();
        // On a machine that is busy the limit on time may come first, but not over and over.
        let mut told = (0..100).map(|_| measured(evaluate).0);
        let message = told.find(|message| !message.contains("takes too long")).expect("it is in time once");
        for limit in limits {
            assert!(message.contains(&limit.replace(',', "")) && page.contains(limit), "{limit}: {message}");
        }
    }
}

/// Runs a plugin's function; answers what it says, and what it took.
fn plugin_says(body: &str) -> (String, usize) {
    use claimflow_rules::plugin::{NoHost, PluginLimits, PluginSource, ScriptCall, compile_plugin};
    let text = format!("fn act(ask) {{ {body} }} fn deep(x) {{ let a = deep(x); a }}");
    let script = claimflow_rules::Script { path: "plugins/x/x.rhai".into(), text: text.into() };
    let source =
        PluginSource { scripts: vec![script], entries: vec!["act".into()], ..PluginSource::default() };
    let (plugin, faults) = compile_plugin(&source);
    let plugin = plugin.unwrap_or_else(|| panic!("{body}: {faults:#?}"));
    let today = jiff::civil::date(2026, 3, 2);
    let call = ScriptCall { fields: Vec::new(), today, limits: PluginLimits::default() };
    let (result, bytes) = measured(|| plugin.run("act", call, std::sync::Arc::new(NoHost)));
    (result.map_or_else(|fault| fault.message, |data| format!("gives {}", data.kind())), bytes)
}

#[test]
fn plugins_are_stopped_within_their_limits() {
    for (body, says) in [
        ("loop { }", "operations"),
        ("deep(1)", "deep"),
        ("let t = \"ab\"; loop { t += t; }", "grows beyond"),
        ("let l = [1]; loop { l = [l, l]; }", "grows beyond"),
        ("let m = #{ a: 1 }; loop { m = #{ a: m, b: m }; }", "grows beyond"),
        ("let m = #{ a: \"x\" }; loop { m = #{ a: [m, m], b: json_print(m) }; }", "grows beyond"),
        ("let l = []; loop { l.push(\"0123456789abcdef\"); }", "grows beyond"),
        ("let t = \"[\"; loop { t += \"[[[[\"; json_parse(t); }", "JSON"),
        ("let t = \"a\"; t.pad(300000, \"b\"); t", "grows beyond"),
    ] {
        let (told, bytes) = plugin_says(body);
        assert!(told.contains(says) || told.contains("takes longer"), "{body}: {told}");
        assert!(bytes < 4 * MEMORY, "{body} took {bytes} bytes");
    }
}
