//! What plugins' scripts can do, what they cannot, and what authors are told.

use std::sync::Mutex;

use jiff::civil::date;

use super::*;

fn lent(name: &str, arguments: (usize, usize), granted: bool, first: &[&str], grant: &str) -> HostFunction {
    let first = first.iter().map(|name| Text::from(*name)).collect();
    HostFunction { name: name.into(), arguments, granted, first, grant: grant.into() }
}

fn source(text: &str) -> PluginSource {
    let rows: [&[&str]; 2] = [&["90837", "150.00"], &["90834", "110.00"]];
    let fees = Table::from_rows("fees", "plugins/sample/tables/fees.csv", &["code", "fee"], rows);
    PluginSource {
        name: "sample".into(),
        scripts: vec![Script { path: "plugins/sample/sample.rhai".into(), text: text.into() }],
        tables: vec![Arc::new(fees)],
        host: vec![
            lent("register", (1, 1), true, &["coverage"], "registers: [NAME]"),
            lent("secret", (1, 1), true, &["TOKEN"], "secrets: [NAME]"),
            lent("http_post", (2, 3), true, &[], "http: [HOST]"),
            lent("http_get", (1, 2), false, &[], "http: [HOST]"),
            lent("write_file", (2, 2), false, &[], "files: [FOLDER]"),
        ],
        call: vec![("key".into(), vec![]), ("inputs".into(), vec!["member_id".into(), "amount".into()])],
        call_refused: vec![("claim".into(), "claim: [lines]".into())],
        entries: vec!["act".into()],
    }
}

fn compiled(text: &str) -> ScriptPlugin {
    let (plugin, faults) = compile_plugin(&source(text));
    plugin.unwrap_or_else(|| panic!("{faults:#?}"))
}

fn faults(text: &str) -> Vec<String> {
    let (_, faults) = compile_plugin(&source(text));
    let shown = |fault: &Diagnostic| {
        format!("{} {}:{} {} | {}", fault.code, fault.line, fault.column, fault.message, fault.help)
    };
    faults.iter().map(shown).collect()
}

/// Answers with what it was asked.
#[derive(Default)]
struct Echo(Mutex<Vec<String>>);

impl PluginHost for Echo {
    fn call(&self, function: &str, arguments: &[Data], _: Duration) -> Result<Data, ScriptFault> {
        self.0.lock().unwrap().push(format!("{function} {arguments:?}"));
        match function {
            "secret" => Ok(Data::Sealed(vec![Piece::Secret(arguments[0].as_text().unwrap().into())])),
            "find" => Ok(Data::List(vec![Data::Map(vec![("status".into(), Data::text("active"))])])),
            "http_post" => Ok(Data::Map(vec![("body".into(), Data::text("{\"paid\": 10.10}"))])),
            _ => Err(ScriptFault::temporary("nobody answers")),
        }
    }
}

fn call() -> ScriptCall {
    let inputs = vec![
        ("member_id".into(), Data::text("W1")),
        ("amount".into(), Data::Decimal("150.00".parse().unwrap())),
    ];
    ScriptCall {
        fields: vec![("key".into(), Data::text("1/2")), ("inputs".into(), Data::Map(inputs))],
        today: date(2026, 3, 2),
        limits: PluginLimits::default(),
    }
}

fn answer(text: &str) -> Result<Data, ScriptFault> {
    compiled(text).run("act", call(), Arc::new(Echo::default()))
}

#[test]
fn a_script_reads_its_call_and_answers() {
    let text = r#"
const CODE = "90837";
fn act(ask) {
    let fee = number(table("fees").get(CODE, "fee"));
    let rows = register("coverage").find(ask.inputs.member_id, "60054");
    let answer = http_post("https://x.example/", json_print(#{ key: ask.key }), #{ authorization: "Bearer " + secret("TOKEN") });
    let paid = json_parse(answer.body).paid;
    #{ outcome: if fee == ask.inputs.amount { "same" } else { "other" }, status: rows[0].status, paid: paid + 0.05 }
}
"#;
    let host = Arc::new(Echo::default());
    let answer = compiled(text).run("act", call(), host.clone()).unwrap();
    assert_eq!(answer.get("outcome"), Some(&Data::text("same")));
    assert_eq!(answer.get("status"), Some(&Data::text("active")));
    assert_eq!(answer.get("paid"), Some(&Data::Decimal("10.15".parse().unwrap())));
    let asked = host.0.lock().unwrap().join("\n");
    assert!(asked.contains(r#"Sealed([Open("Bearer "), Secret("TOKEN")])"#), "{asked}");
}

#[test]
fn every_fault_of_a_file_is_told_at_once() {
    let told = faults(
        "rule \"X\" { title \"x\" }\nfn act(ask) {\n    let a = aks.key;\n    let b = ask.claim.lines;\n    let c = ask.inputs.member;\n    \
         let d = register(\"covrage\").find(a);\n    let e = http_get(\"https://x\");\n    let f = json_pars(b);\n    \
         let g = table(\"fee\").get(\"1\", \"fee\");\n    b.x = 1;\n    write_file(\"a\", \"b\");\n    let h = helper(1, 2);\n    #{}\n}\n\
         fn helper(x) { eval(\"1\"); x }\nfn helper(y) { try { y } catch { 1 } }\nfn open( {\n",
    );
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn failures_name_the_file_and_the_line() {
    let at = |body: &str| answer(&format!("fn act(ask) {{\n    {body}\n}}")).unwrap_err();
    assert_eq!(at("fail(\"no such plan\")").to_string(), "no such plan (plugins/sample/sample.rhai:2)");
    let again = at("try_again(\"busy\")");
    assert!(again.temporary && again.message.starts_with("busy"), "{again:?}");
    assert!(!at("1 / 0").temporary);
    assert!(at("let m = #{ a: 1 }; m.b").message.contains("there is no `b`"), "{:?}", at("#{}.b"));
    assert!(at("ask.inputs.member_id == 3").message.contains("different kinds"));
    assert!(at("secret(\"TOKEN\") == \"x\"").message.contains("cannot be compared"));
    assert!(at("json_print(#{ a: secret(\"TOKEN\") })").message.contains("secret"));
}

#[test]
fn a_secret_cannot_be_read() {
    for body in [
        "`${secret(\"TOKEN\")}`",
        "secret(\"TOKEN\").to_string()",
        "secret(\"TOKEN\").len()",
        "secret(\"TOKEN\") + 1",
        "\"\" + [secret(\"TOKEN\")]",
        "type_of(secret(\"TOKEN\"))",
    ] {
        match answer(&format!("fn act(ask) {{ {body} }}")) {
            Ok(Data::Text(text)) => assert!(!text.contains("TOKEN"), "{body} gives {text}"),
            Ok(other) => assert!(!format!("{other:?}").contains("Open(\"TOKEN"), "{body} gives {other:?}"),
            Err(fault) => assert!(!fault.message.contains("TOKEN\")]"), "{body}: {fault}"),
        }
    }
}

#[test]
fn json_keeps_every_digit() {
    for text in
        ["0.1", "12345678901234567890.12", "-1.50", "[1,2.50,\"a\\n\",null,true]", "{\"a\":{\"b\":[]}}"]
    {
        let data = parse_json(text).unwrap();
        let again = parse_json(&print_json(&data).unwrap()).unwrap();
        assert_eq!(data, again, "{text}");
    }
    assert_eq!(
        print_json(&parse_json("{\"b\":1.50,\"a\":\"x\"}").unwrap()).unwrap(),
        "{\"a\":\"x\",\"b\":1.50}"
    );
    for text in [
        "",
        "{",
        "01",
        "1.2.3",
        "[1,]",
        "{\"a\":1} x",
        "NaN",
        &format!("{}{}", "[".repeat(40), "]".repeat(40)),
        &"9".repeat(60),
    ] {
        let told = parse_json(text).unwrap_err();
        assert!(told.is_ascii() && told.contains("JSON"), "{text}: {told}");
    }
}
