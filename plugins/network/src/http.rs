//! Requests of plugins. None is redirected, none goes through a proxy of the environment, and each has one time for all of
//! it: looking up the host, connecting, sending and reading.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use claimflow_runtime::plugin::{Answer, Fault, HttpPort, Method, Url};
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};

/// The most bytes of headers that an answer may have.
const HEADERS: usize = 64 << 10;

/// Sends requests of plugins.
#[derive(Default)]
pub struct Http {
    /// Made when the first plugin asks: reading the system's certificates takes a while.
    agent: OnceLock<Agent>,
}

impl Http {
    fn agent(&self) -> &Agent {
        self.agent.get_or_init(|| {
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let tls = TlsConfig::builder()
                .provider(TlsProvider::Rustls)
                .unversioned_rustls_crypto_provider(provider)
                .root_certs(trusted())
                .build();
            let config = Agent::config_builder()
                .tls_config(tls)
                .http_status_as_error(false)
                .max_redirects(0)
                .max_redirects_will_error(false)
                .proxy(None)
                .max_response_header_size(HEADERS)
                .user_agent(concat!("claimflow/", env!("CARGO_PKG_VERSION")))
                .build();
            Agent::new_with_config(config)
        })
    }
}

/// The certificates that the system trusts.
fn trusted() -> RootCerts {
    let found = rustls_native_certs::load_native_certs();
    if let Some(error) = found.errors.first() {
        tracing::warn!(%error, "some of the system's certificates cannot be read");
    }
    let certificates: Vec<Certificate<'static>> =
        found.certs.iter().map(|own| Certificate::from_der(own).to_owned()).collect();
    RootCerts::new_with_certs(&certificates)
}

impl HttpPort for Http {
    fn send(
        &self,
        method: Method,
        url: &Url,
        headers: &[(String, String)],
        body: &str,
        within: Duration,
        largest: usize,
    ) -> Result<Answer, Fault> {
        let (agent, address) = (self.agent(), url.to_string());
        let result = match method {
            Method::Get => {
                let request =
                    headers.iter().fold(agent.get(&address), |own, (name, value)| own.header(name, value));
                request.config().timeout_global(Some(within)).build().call()
            }
            Method::Post => {
                let request =
                    headers.iter().fold(agent.post(&address), |own, (name, value)| own.header(name, value));
                request.config().timeout_global(Some(within)).build().send(body)
            }
        };
        let host = url.address.to_string();
        let mut response = result.map_err(|error| told(&error, &host, within))?;
        let status = response.status().as_u16();
        let content_type = response.body().mime_type().unwrap_or_default().into();
        let read = response.body_mut().with_config().limit(largest as u64).read_to_string();
        match read {
            Ok(body) => Ok(Answer { status, content_type, body }),
            Err(ureq::Error::BodyExceedsLimit(_)) => {
                Err(Fault::for_good(format!("`{host}` answers more than {largest} bytes")))
            }
            Err(error) => Err(told(&error, &host, within)),
        }
    }
}

/// What went wrong, without what was sent or answered: both may name people.
fn told(error: &ureq::Error, host: &str, within: Duration) -> Fault {
    use ureq::Error;
    match error {
        Error::Timeout(_) => {
            Fault::temporary(format!("`{host}` does not answer within {} ms", within.as_millis()))
        }
        Error::HostNotFound => {
            Fault::temporary(format!("there is no host `{host}`, or its name cannot be looked up"))
        }
        Error::ConnectionFailed => Fault::temporary(format!("`{host}` cannot be reached")),
        Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            Fault::for_good(format!("`{host}` answers something that is no text"))
        }
        Error::Io(error) => Fault::temporary(format!("`{host}` cannot be reached: {}", error.kind())),
        Error::Tls(_) | Error::Rustls(_) => {
            Fault::temporary(format!("no safe connection to `{host}`: look at its certificate"))
        }
        Error::LargeResponseHeader(..) => Fault::for_good(format!("`{host}` answers with too many headers")),
        _ => Fault::temporary(format!("`{host}` does not answer as it should")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread;

    /// A host on this machine that answers each connection with the next of these, and tells what it was sent.
    fn host(answers: Vec<String>) -> (Url, thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = Url::parse(&format!("http://{}/check?x=1", listener.local_addr().unwrap())).unwrap();
        let served = thread::spawn(move || {
            answers
                .into_iter()
                .map(|answer| {
                    let (mut stream, _) = listener.accept().unwrap();
                    let mut sent = [0; 4_096];
                    let mut text = String::new();
                    while !text.contains("\r\n\r\n") || (text.starts_with("POST") && !text.ends_with("sent"))
                    {
                        let count = stream.read(&mut sent).unwrap();
                        text.push_str(&String::from_utf8_lossy(&sent[..count]));
                    }
                    stream.write_all(answer.as_bytes()).unwrap();
                    text
                })
                .collect()
        });
        (url, served)
    }

    fn answer(status: &str, headers: &str, body: &str) -> String {
        format!(
            "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
    }

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn what_is_sent_and_answered_is_what_it_is() {
        let redirect = answer("302 Found", "Location: http://127.0.0.1:9/\r\n", "");
        let failed = answer("500 Oh", "Content-Type: application/json\r\n", "{\"a\":1.10}");
        let (url, served) = host(vec![failed, redirect]);
        let http = Http::default();
        let headers = [("authorization".to_owned(), "Bearer x".to_owned())];
        let got = http.send(Method::Post, &url, &headers, "sent", LONG, 100).unwrap();
        assert_eq!(
            (got.status, got.content_type.as_str(), got.body.as_str()),
            (500, "application/json", "{\"a\":1.10}")
        );
        let moved = http.send(Method::Get, &url, &[], "", LONG, 100).unwrap();
        assert_eq!(moved.status, 302, "no redirect is followed");
        let sent = served.join().unwrap();
        assert!(sent[0].starts_with("POST /check?x=1 HTTP/1.1\r\n"), "{}", sent[0]);
        assert!(sent[0].to_lowercase().contains("authorization: bearer x\r\n"), "{}", sent[0]);
    }

    #[test]
    fn too_much_nothing_and_nobody_are_faults() {
        let (url, served) = host(vec![answer("200 OK", "", &"x".repeat(101))]);
        let http = Http::default();
        let fault = http.send(Method::Get, &url, &[], "", LONG, 100).unwrap_err();
        assert!(fault.for_good && fault.reason.contains("more than 100 bytes"), "{fault}");
        served.join().unwrap();
        // Nobody listens there any more.
        let fault = http.send(Method::Get, &url, &[], "", LONG, 100).unwrap_err();
        assert!(!fault.for_good && !fault.reason.contains("check"), "{fault}");
        // Somebody listens and never answers.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let fault = http.send(Method::Get, &url, &[], "", Duration::from_millis(100), 100).unwrap_err();
        assert!(!fault.for_good && fault.reason.contains("within 100 ms"), "{fault}");
    }
}
