//! Whom plugins may talk to: hosts by scheme and port, and addresses that are read as narrowly as they are granted.
//!
//! An address that is unusual in any way is refused rather than understood: two readers that understand one differently are
//! how a request comes to a host that nobody granted. Whoever sends a request builds it from the parts that were read here.

use std::fmt;

use claimflow_core::Text;

/// A host that may be talked to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    /// True for `https`.
    pub secure: bool,
    /// Name or number, in small letters.
    pub host: Text,
    /// Port.
    pub port: u16,
}

/// An address of something at a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// Where.
    pub address: Address,
    /// Path and query, from `/`.
    pub path: Text,
}

/// The longest address.
const LONGEST: usize = 2_048;

impl Address {
    /// Reads a host as grants name it: `api.example.com`, `api.example.com:8443`, `http://127.0.0.1:8080`. Without a scheme
    /// it is `https`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (secure, rest) = match text.split_once("://") {
            Some(("https", rest)) => (true, rest),
            Some(("http", rest)) => (false, rest),
            Some((other, _)) => return Err(format!("`{other}` is neither `https` nor `http`")),
            None => (true, text),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        Self::read(secure, rest)
    }

    fn read(secure: bool, text: &str) -> Result<Self, String> {
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        };
        let standard = if secure { 443 } else { 80 };
        let port = match port {
            None => standard,
            Some(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => digits
                .parse()
                .ok()
                .filter(|port| *port > 0)
                .ok_or_else(|| format!("`{digits}` is no port"))?,
            Some(other) => return Err(format!("`{other}` is no port")),
        };
        let letters = host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
        let parts = host
            .split('.')
            .all(|part| (1..=63).contains(&part.len()) && !part.starts_with('-') && !part.ends_with('-'));
        if !letters || !parts || host.len() > 253 {
            return Err(format!("`{host}` is no name of a host"));
        }
        // Numbers that are not four plain ones are read differently by different programs.
        let numeric = host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let plain = host.parse::<std::net::Ipv4Addr>().is_ok();
        if (numeric && !plain) || (host.starts_with("0x") && !numeric) {
            return Err(format!("`{host}` is no name of a host"));
        }
        Ok(Self { secure, host: Text::from(host.to_ascii_lowercase()), port })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, standard) = if self.secure { ("https", 443) } else { ("http", 80) };
        write!(f, "{scheme}://{}", self.host)?;
        if self.port == standard { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

impl Url {
    /// Reads an address as scripts write it: `https://api.example.com/v1/check?plan=1`.
    ///
    /// # Errors
    /// What is wrong with it; its path and query, which can hold anything, are not repeated.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("an address has at most {LONGEST} characters"));
        }
        let (secure, rest) = match text.split_once("://") {
            Some(("https", rest)) => (true, rest),
            Some(("http", rest)) => (false, rest),
            _ => return Err("an address begins with `https://`".to_owned()),
        };
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (host, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let address = Address::read(secure, host)?;
        let path = if path.is_empty() { "/" } else { path };
        let whole = path.starts_with('/')
            && path.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'#' | b'\\' | b'"' | b'<' | b'>'));
        if !whole {
            return Err("the path of an address begins with `/` and has no spaces, `#` or `\\`".to_owned());
        }
        Ok(Self { address, path: path.into() })
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.address, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hosts_are_read_as_granted() {
        for (text, shown) in [
            ("api.example.com", "https://api.example.com"),
            ("API.example.com:8443", "https://api.example.com:8443"),
            ("https://api.example.com:443/", "https://api.example.com"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("localhost", "https://localhost"),
        ] {
            assert_eq!(Address::parse(text).map(|own| own.to_string()).as_deref(), Ok(shown), "{text}");
        }
        for text in [
            "",
            "ftp://x",
            "a b",
            "x:y",
            "x:0",
            "x:99999",
            "-x",
            "x..y",
            "a@b",
            "[::1]",
            "*.example.com",
            "2130706433",
            "127.1",
            "0x7f000001",
            "x/path",
            "https://",
        ] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn addresses_lead_where_they_seem_to() {
        let granted = Address::parse("good.example").unwrap();
        let reaches = |text: &str| Url::parse(text).is_ok_and(|url| url.address == granted);
        assert!(reaches("https://good.example/v1?x=1") && reaches("https://GOOD.example:443"));
        for text in [
            "https://good.example@evil.example/",
            "https://evil.example\\@good.example/",
            "http://good.example/",
            "https://good.example:8443/",
            "https://good.example.evil.example/",
            "//good.example/",
            "good.example",
            "https://good.example:443:80/",
            "https://evil.example#@good.example/",
            "https:/good.example/",
            "https://good.example /",
            "https://good.example/\r\nHost: evil.example",
            "https://good.example%2eevil/",
            "https://xn--good.example/",
            "https://good.example./",
        ] {
            assert!(!reaches(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_reads_the_same_again(text in "(https?://)?[a-z@:/.\\\\?#0-9%-]{0,40}|\\PC{0,40}") {
            if let Ok(url) = Url::parse(&text) {
                prop_assert_eq!(Url::parse(&url.to_string()), Ok(url));
            }
            if let Ok(address) = Address::parse(&text) {
                prop_assert_eq!(Address::parse(&address.to_string()), Ok(address));
            }
        }
    }
}
