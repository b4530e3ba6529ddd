//! An editor that speaks to the server over two pipes, and a practice in memory.

#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]
#![expect(clippy::needless_pass_by_value, reason = "messages are written where they are sent")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, PipeReader, PipeWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use claimflow_catalog::SourceFile;
use claimflow_editor::{Content, Located, Reading, ServeError, Timing, serve};
use serde_json::{Value, json};

pub const ROOT: &str = "/practice";

/// A practice in memory: what ships, and files of its own.
pub struct Memory(Mutex<BTreeMap<String, String>>);

impl Memory {
    pub fn new(own: &[(&str, &str)]) -> Arc<Self> {
        let mut files = BTreeMap::new();
        for folder in ["payers", "workflows"] {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
            collect(&root.join(folder), folder, &mut files);
        }
        files.extend(own.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())));
        Arc::new(Self(Mutex::new(files)))
    }

    pub fn write(&self, path: &str, text: &str) {
        self.0.lock().unwrap().insert(path.to_owned(), text.to_owned());
    }

    pub fn text(&self, path: &str) -> String {
        self.0.lock().unwrap().get(path).cloned().unwrap()
    }
}

fn collect(folder: &Path, path: &str, files: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = format!("{path}/{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            collect(&entry.path(), &path, files);
        } else if let Ok(text) = std::fs::read_to_string(entry.path()) {
            files.insert(path, text);
        }
    }
}

impl Content for Memory {
    fn locate(&self, file: &Path) -> Option<Located> {
        let path = file.strip_prefix(ROOT).ok()?.to_str()?.to_owned();
        Some(Located { root: ROOT.into(), path })
    }

    fn file(&self, root: &Path, path: &str) -> Option<PathBuf> {
        self.0.lock().unwrap().contains_key(path).then(|| root.join(path))
    }

    fn read(&self, root: &Path) -> Result<Reading, String> {
        assert_eq!(root, Path::new(ROOT));
        let files = self.0.lock().unwrap();
        let source = |(path, text): (&String, &String)| SourceFile::new(path.clone(), text.as_str());
        Ok(Reading { sources: files.iter().map(source).collect(), ..Reading::default() })
    }
}

/// An editor.
pub struct Editor {
    server: JoinHandle<Result<(), ServeError>>,
    to: PipeWriter,
    from: Receiver<Value>,
    last: i64,
}

/// Far longer than any answer takes: a test that waits for it has failed.
const DEADLINE: Duration = Duration::from_secs(120);

impl Editor {
    pub fn start(content: Arc<dyn Content>) -> Self {
        let (input, to) = std::io::pipe().unwrap();
        let (output_end, output) = std::io::pipe().unwrap();
        let timing = Timing { quiet: Duration::from_millis(1) };
        let server = thread::spawn(move || serve(content, timing, input, output));
        let (sender, from) = channel();
        thread::spawn(move || {
            let mut output = BufReader::new(output_end);
            while let Some(message) = read(&mut output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Self { server, to, from, last: 0 }
    }

    /// Started, and initialized as an editor that can do everything.
    pub fn ready(content: Arc<dyn Content>) -> Self {
        let mut editor = Self::start(content);
        let capabilities = json!({ "textDocument": {
            "completion": { "completionItem": { "snippetSupport": true } },
            "publishDiagnostics": { "relatedInformation": true },
        }});
        editor.request(
            "initialize",
            json!({ "processId": null, "rootUri": null, "capabilities": capabilities }),
        );
        editor.notify("initialized", json!({}));
        editor
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.to, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        self.to.flush().unwrap();
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// The answer to a question; what the server says of its own accord meanwhile is not looked at.
    pub fn request(&mut self, method: &str, params: Value) -> Value {
        self.last += 1;
        let id = self.last;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        let answer = self.until(|message| message["id"] == id);
        assert_eq!(answer.get("error"), None, "{method}");
        answer["result"].clone()
    }

    fn until(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let message = self.from.recv_timeout(DEADLINE).expect("the server says something");
            if wanted(&message) {
                return message;
            }
        }
    }

    /// The next faults of a file.
    pub fn faults(&self, path: &str) -> Vec<Value> {
        let told = self.until(|message| {
            message["method"] == "textDocument/publishDiagnostics" && message["params"]["uri"] == url(path)
        });
        told["params"]["diagnostics"].as_array().unwrap().clone()
    }

    pub fn open(&mut self, path: &str, text: &str) {
        let document =
            json!({ "uri": url(path), "languageId": "claimflow-rules", "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    pub fn change(&mut self, path: &str, version: i32, text: &str) {
        let document = json!({ "uri": url(path), "version": version });
        let changes = json!([{ "text": text }]);
        self.notify("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
    }

    /// A question about a place, counted as editors do.
    pub fn ask(&mut self, what: &str, path: &str, line: u32, character: u32) -> Value {
        let place = json!({ "line": line, "character": character });
        self.request(what, json!({ "textDocument": { "uri": url(path) }, "position": place }))
    }

    /// Says good-bye, and gives what the server ended with.
    pub fn end(mut self) -> Result<(), ServeError> {
        assert_eq!(self.request("shutdown", Value::Null), Value::Null);
        self.notify("exit", Value::Null);
        self.server.join().unwrap()
    }

    /// Goes away without a word.
    pub fn vanish(self) -> Result<(), ServeError> {
        drop(self.to);
        self.server.join().unwrap()
    }
}

pub fn url(path: &str) -> String {
    format!("file://{ROOT}/{path}")
}

fn read(output: &mut BufReader<PipeReader>) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => {
                if let Some(number) = line.strip_prefix("Content-Length: ") {
                    length = number.parse().unwrap();
                }
            }
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}
