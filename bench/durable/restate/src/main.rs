//! The seven-step claim on Restate: a virtual object per claim, whose steps are journaled by the server.
//!
//! `serve ADDRESS` answers the server; `load INGRESS HANDLER CLAIMS IN_FLIGHT` calls it and prints one line of JSON.
//! `steps` journals each of the seven stages by itself; `batch` journals all seven as one act, which is the least that
//! Restate can be asked to do for a claim.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioIo};
use restate_sdk::prelude::*;

const STAGES: [&str; 7] =
    ["eligibility", "authorization", "scrub", "submit", "adjudicate", "categorize", "route"];

struct Claim;

#[restate_sdk::object(journal_retention = "0s")]
impl Claim {
    #[handler]
    async fn steps(&self, context: ObjectContext<'_>, claim: String) -> Result<u32, HandlerError> {
        let mut done = 0_u32;
        for stage in STAGES {
            let _name: String = context.run(|| async move { Ok(stage.to_owned()) }).name(stage).await?;
            done += 1;
            context.set("state", format!("{stage} {claim}"));
        }
        Ok(done)
    }

    #[handler]
    async fn batch(&self, context: ObjectContext<'_>, claim: String) -> Result<u32, HandlerError> {
        let done: u32 = context.run(|| async { Ok(STAGES.len() as u32) }).name("stages").await?;
        context.set("state", format!("route {claim}"));
        Ok(done)
    }
}

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", address] => serve(address).await,
        ["load", ingress, handler, claims, in_flight] => {
            load(ingress, handler, claims.parse()?, in_flight.parse()?).await
        }
        _ => bail!("usage: serve ADDRESS | load INGRESS HANDLER CLAIMS IN_FLIGHT"),
    }
}

/// The SDK's own server leaves TCP_NODELAY unset, which costs 40 ms a step: this one sets it.
async fn serve(address: &str) -> Result<()> {
    let endpoint = restate_sdk::hyper::HyperEndpoint::new(Endpoint::builder().bind(Claim).build());
    let listener = tokio::net::TcpListener::bind(address).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let endpoint = endpoint.clone();
        tokio::spawn(async move {
            let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            // A connection that ends is opened again by the server.
            let _ended = server.serve_connection(TokioIo::new(stream), endpoint).await;
        });
    }
}

async fn load(ingress: &str, handler: &str, claims: usize, in_flight: usize) -> Result<()> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client: Client<_, Full<Bytes>> =
        Client::builder(TokioExecutor::new()).pool_max_idle_per_host(in_flight).build(connector);
    let next = Arc::new(AtomicUsize::new(0));
    let run = format!("{}-{}", std::process::id(), handler);
    let body = Bytes::from(serde_json::to_vec(&"x".repeat(1000))?);
    let begun = Instant::now();
    let workers: Vec<_> = (0..in_flight)
        .map(|_| {
            let (client, next, body) = (client.clone(), Arc::clone(&next), body.clone());
            let target = format!("{ingress}/Claim/{run}-");
            let handler = handler.to_owned();
            tokio::spawn(async move {
                let mut each = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= claims {
                        return Ok::<_, anyhow::Error>(each);
                    }
                    let begun = Instant::now();
                    call(&client, &format!("{target}{number}/{handler}"), body.clone()).await?;
                    each.push(begun.elapsed());
                }
            })
        })
        .collect();
    let mut each = Vec::with_capacity(claims);
    for worker in workers {
        each.extend(worker.await??);
    }
    report(begun.elapsed(), each)
}

async fn call(client: &Client<HttpConnector, Full<Bytes>>, url: &str, body: Bytes) -> Result<()> {
    let request =
        hyper::Request::post(url).header("content-type", "application/json").body(Full::new(body))?;
    let answer = client.request(request).await.with_context(|| format!("calling {url}"))?;
    let status = answer.status();
    let bytes = answer.into_body().collect().await?.to_bytes();
    ensure!(status.is_success(), "{url} answered {status}: {}", String::from_utf8_lossy(&bytes));
    Ok(())
}

fn report(all: Duration, mut each: Vec<Duration>) -> Result<()> {
    each.sort_unstable();
    let at = |share: usize| each.get(each.len() * share / 100).map_or(0.0, |d| d.as_secs_f64() * 1e3);
    let (speed, p50, p99) = (each.len() as f64 / all.as_secs_f64(), at(50), at(99));
    println!(r#"{{"claims_a_second": {speed:.1}, "p50_ms": {p50:.1}, "p99_ms": {p99:.1}}}"#);
    Ok(())
}
