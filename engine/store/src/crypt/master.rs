//! The master key, which a person keeps: it opens the keyring, and nothing else is sealed with it.

use std::fmt;

use zeroize::Zeroizing;

use super::error::CryptError;
use super::secrets::Secret;

const PRINT: &[u8] = b"claimflow key print";
const NOTE: &str = "# The key of a claimflow practice. Without it nothing of what is encrypted can be read again: keep a copy in\n\
                    # another place than the practice's data, and let nobody else read it.\n";

/// A master key.
#[derive(Clone, PartialEq, Eq)]
pub struct Master(pub(super) Secret);

/// Tells master keys apart without telling anything of them: 16 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Print(pub(super) [u8; 8]);

impl Master {
    /// A new one.
    ///
    /// # Errors
    /// [`CryptError::NoRandomness`].
    pub fn random() -> Result<Self, CryptError> {
        Secret::random().map(Self)
    }

    /// Reads 32 bytes as 64 hexadecimal digits, or as 43 characters of base64 with or without `=` behind. Empty lines
    /// and lines that begin with `#` are left out.
    ///
    /// # Errors
    /// [`CryptError::NoKey`] when nothing is there, [`CryptError::NotAKey`]; neither repeats what was read.
    pub fn parse(text: &str) -> Result<Self, CryptError> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let line = lines.next().ok_or(CryptError::NoKey)?;
        if lines.next().is_some() {
            return Err(CryptError::NotAKey("there are several lines".to_owned()));
        }
        let bytes = match line.len() {
            64 => decode(line, 4, hex_digit),
            43 | 44 => decode(line.trim_end_matches('='), 6, base64_digit),
            length => return Err(CryptError::NotAKey(format!("there are {length} characters"))),
        };
        let bytes = bytes.ok_or_else(|| CryptError::NotAKey("a character in it is neither".to_owned()))?;
        Ok(Self(Secret::new(*bytes)))
    }

    /// The text of a key file. Whoever reads it can read what the practice has encrypted.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(NOTE.len() + 65));
        text.push_str(NOTE);
        for byte in self.0.bytes() {
            for half in [byte >> 4, byte & 15] {
                text.push(char::from_digit(u32::from(half), 16).unwrap_or('0'));
            }
        }
        text.push('\n');
        text
    }

    /// Its bytes, for whoever seals with keys made from it.
    pub(crate) fn secret(&self) -> &Secret {
        &self.0
    }

    /// What tells it apart from others.
    #[must_use]
    pub fn print(&self) -> Print {
        let derived = self.0.derive(PRINT, &[]);
        Print(derived.bytes().first_chunk().copied().unwrap_or_default())
    }
}

/// Reads digits of `bits` each, first digit highest; bits that are left over must be zero.
fn decode(text: &str, bits: u32, digit: fn(u8) -> Option<u8>) -> Option<Zeroizing<[u8; 32]>> {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    let mut places = bytes.iter_mut();
    let (mut held, mut count) = (0_u32, 0);
    for byte in text.bytes() {
        held = (held << bits) | u32::from(digit(byte)?);
        count += bits;
        if count >= 8 {
            count -= 8;
            *places.next()? = (held >> count).to_le_bytes().first().copied()?;
            held &= (1 << count) - 1;
        }
    }
    (held == 0 && places.next().is_none()).then_some(bytes)
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn base64_digit(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

impl fmt::Debug for Master {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Master({})", self.print())
    }
}

impl fmt::Display for Print {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Print {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_is_written() {
        let key = Master::random().unwrap();
        assert_eq!(Master::parse(&key.to_text()), Ok(key));
        let counting: [u8; 32] = std::array::from_fn(|n| u8::try_from(n).unwrap());
        let known = Master(Secret::new(counting));
        let hex = "000102030405060708090A0B0C0D0E0F101112131415161718191a1b1c1d1e1f";
        assert_eq!(Master::parse(hex), Ok(known.clone()));
        for base64 in
            ["AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"]
        {
            assert_eq!(Master::parse(base64), Ok(known.clone()));
        }
    }

    #[test]
    fn what_is_no_key_is_refused_without_repeating_it() {
        let told = |text: &str| Master::parse(text).unwrap_err().to_string();
        assert_eq!(told(""), "there is no key in it: it is empty");
        assert_eq!(told("# only a note\n\n"), "there is no key in it: it is empty");
        let wrong = "it is no key: a key is 32 bytes, written as 64 hexadecimal digits or as 44 characters of base64, and";
        assert_eq!(told("secret"), format!("{wrong} there are 6 characters"));
        assert_eq!(told(&"g".repeat(64)), format!("{wrong} a character in it is neither"));
        assert_eq!(told(&"9".repeat(43)), format!("{wrong} a character in it is neither"));
        assert_eq!(told("a\nb"), format!("{wrong} there are several lines"));
    }

    #[test]
    fn a_print_tells_keys_apart_and_nothing_more() {
        let (one, other) = (Master(Secret::new([1; 32])), Master(Secret::new([2; 32])));
        assert_ne!(one.print(), other.print());
        assert_eq!(one.print().to_string().len(), 16);
        assert_eq!(format!("{one:?}"), format!("Master({})", one.print()));
    }
}
