//! A world that answers as a case says.

use std::sync::{Mutex, PoisonError};

use claimflow_core::Text;
use claimflow_rules::plugin::{Data, parse_json};

use super::{Answer, Fault, Method, Request, World};

/// A request that is expected, and what it is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// How it is asked for; `None` for any way.
    pub method: Option<Method>,
    /// The address, whole; empty for any.
    pub url: Text,
    /// Values that the request's JSON must have, by path, as `subscriber.member_id`.
    pub body: Vec<(Text, Data)>,
    /// What comes back.
    pub answer: Result<Answer, Fault>,
}

/// Answers requests in the order of the case, and keeps the files that are written.
#[derive(Debug, Default)]
pub struct MockWorld {
    exchanges: Mutex<Vec<Exchange>>,
    files: Mutex<Vec<(Text, Text, String)>>,
}

impl MockWorld {
    /// That answers so. The first exchange that fits a request answers it, once; the last one that fits answers again.
    pub fn new(exchanges: Vec<Exchange>) -> Self {
        Self { exchanges: Mutex::new(exchanges), files: Mutex::default() }
    }

    /// Files that were written: folder, name, text.
    pub fn files(&self) -> Vec<(Text, Text, String)> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl World for MockWorld {
    fn http(&self, request: &Request) -> Result<Answer, Fault> {
        let mut exchanges = self.exchanges.lock().unwrap_or_else(PoisonError::into_inner);
        let fitting: Vec<usize> = (0..exchanges.len())
            .filter(|place| exchanges.get(*place).is_some_and(|own| own.fits(request)))
            .collect();
        let answer = match fitting.as_slice() {
            [] => {
                let what = format!("{} {}", request.method.as_str(), request.url);
                return Err(Fault::for_good(format!("the case has no answer to `{what}`")));
            }
            [only] => exchanges.get(*only).map(|own| own.answer.clone()),
            [first, ..] => Some(exchanges.remove(*first).answer),
        };
        let answer = answer.unwrap_or_else(|| Err(Fault::for_good("the case has no answer")))?;
        if answer.body.len() > request.largest {
            return Err(Fault::for_good(format!("the answer has more than {} bytes", request.largest)));
        }
        Ok(answer)
    }

    fn write(&self, folder: &str, name: &str, text: &str) -> Result<(), Fault> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.retain(|(own, other, _)| own != folder || other != name);
        files.push((folder.into(), name.into(), text.to_owned()));
        Ok(())
    }
}

impl Exchange {
    fn fits(&self, request: &Request) -> bool {
        let sent = || parse_json(&request.body).unwrap_or_default();
        self.method.is_none_or(|method| method == request.method)
            && (self.url.is_empty() || self.url == request.url.to_string())
            && (self.body.is_empty() || self.says(&sent()))
    }

    fn says(&self, sent: &Data) -> bool {
        self.body.iter().all(|(path, wanted)| {
            let found = path.split('.').try_fold(sent, |data, name| data.get(name));
            found.is_some_and(|found| same(found, wanted))
        })
    }
}

/// What a case writes is text wherever it is no number; what a request says need not be.
fn same(found: &Data, wanted: &Data) -> bool {
    found == wanted || wanted.as_text().is_some_and(|text| shown(found) == text)
}

fn shown(data: &Data) -> String {
    match data {
        Data::Text(text) => text.to_string(),
        Data::Bool(value) => value.to_string(),
        Data::Int(value) => value.to_string(),
        Data::Decimal(value) => value.to_string(),
        Data::Date(date) => date.to_string(),
        _ => String::new(),
    }
}
