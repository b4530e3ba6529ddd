//! The eligibility plugin that ships, against a service on this machine.
#![expect(clippy::unwrap_used, reason = "a test may end where its own data is wrong")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use claimflow_catalog::{SourceFile, load, read_settings};
use claimflow_network::{Http, PluginFiles};
use claimflow_runtime::Plugin;
use claimflow_runtime::plugin::{Call, Fault, Health, Scripted, Worlds};

const WORKFLOW: &str = "workflow: professional-claim\nversion: 1\nstart: a\nstates:\n  a: { final: true }\n";
const CLAIM: &str = r#"{"claims":[{"id":"E1","charge":"150.00"}]}"#;

/// Answers each request with the next of these; gives what it was sent.
fn service(answers: &'static [&'static str]) -> (u16, thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = thread::spawn(move || {
        let answer = |answer: &&str| {
            let (mut stream, _) = listener.accept().unwrap();
            let (mut text, mut bytes) = (String::new(), [0; 4_096]);
            while !text.ends_with('}') {
                let count = stream.read(&mut bytes).unwrap();
                text.push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
            let (status, body) = answer.split_once(' ').unwrap();
            let head =
                format!("HTTP/1.1 {status} x\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
            text
        };
        answers.iter().map(answer).collect()
    });
    (port, served)
}

fn plugin(root: &Path, port: u16) -> Scripted {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../eligibility-http");
    let read = |name: &str| {
        SourceFile::new(
            format!("plugins/eligibility-http/{name}"),
            std::fs::read_to_string(folder.join(name)).unwrap(),
        )
    };
    let files = [
        SourceFile::new("workflows/professional-claim/v1.yaml", WORKFLOW),
        read("plugin.yaml"),
        read("eligibility.rhai"),
    ];
    let text = format!(
        "plugins:\n  eligibility-http:\n    settings: {{ url: \"http://127.0.0.1:{port}/check\" }}\n    \
         http: [\"http://127.0.0.1:{port}\"]\n    secrets: {{ ELIGIBILITY_TOKEN: {{ file: token }} }}\n"
    );
    let settings = read_settings("claimflow.yaml", &text).unwrap();
    let loaded = load(&files, &settings);
    let generation = loaded.generation.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics));
    let own = Arc::new(PluginFiles::new(root));
    let worlds = Worlds { http: Arc::new(Http::default()), files: own.clone(), secrets: own };
    Scripted::new(generation.plugins()[0].clone(), settings.plugins.first(), &worlds)
}

fn call() -> Call {
    let (claims, _) = claimflow_catalog::claims_from_json("claims.json", CLAIM);
    let mut claim = claims.into_iter().next().unwrap_or_default();
    claim.subscriber.person.member_id = "W1".into();
    claim.lines.push(claimflow_core::ServiceLine::default());
    Call {
        key: "7/3".into(),
        action: "eligibility-http.check".into(),
        attempt: 1,
        inputs: Vec::new(),
        claim,
        facts: claimflow_core::Facts::default(),
        today: jiff::civil::date(2026, 3, 2),
        now: claimflow_core::Moment(0),
        deadline: Instant::now() + Duration::from_secs(30),
    }
}

#[test]
fn asks_the_service_and_reads_its_answer() {
    let root = tempfile::tempdir().unwrap();
    let (port, served) = service(&["200 {\"status\":\"active\",\"copay\":20}", "503 {}", "302 {}"]);
    let plugin = plugin(root.path(), port);
    assert!(matches!(plugin.health(), Health::NotReady(why) if why.contains("`token`")));
    std::fs::write(root.path().join("token"), "t0ken\n").unwrap();
    assert_eq!(plugin.health(), Health::Ready);

    let done = plugin.perform(&call()).unwrap();
    assert_eq!(done.outcome, "active");
    let Fault { reason, for_good } = plugin.perform(&call()).unwrap_err();
    assert!(!for_good && reason.contains("503"), "{reason}");
    let Fault { reason, for_good } = plugin.perform(&call()).unwrap_err();
    assert!(for_good && reason.contains("302") && !reason.contains("W1"), "{reason}");

    let sent = served.join().unwrap();
    let first = sent[0].to_lowercase();
    assert!(
        first.contains("authorization: bearer t0ken\r\n") && first.contains("idempotency-key: 7/3\r\n"),
        "{first}"
    );
    assert!(
        sent.iter().all(|own| own.contains("\"member_id\":\"W1\"") && own.contains("\"control\":\"7/3\""))
    );
}
