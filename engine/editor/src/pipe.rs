//! A stream that blocks, read by a thread of its own, so that the server goes on while nothing comes in.

use std::io::{self, Read};
use std::thread;

use futures::channel::mpsc;
use futures::executor::block_on;
use futures::io::AsyncRead;
use futures::{SinkExt, TryStreamExt};

/// Pieces that wait to be read, at most.
const WAITING: usize = 16;

/// The same bytes, for a reader that must not block. The thread ends with the stream, or when nobody reads any more.
pub(crate) fn unblocked(mut input: impl Read + Send + 'static) -> io::Result<impl AsyncRead> {
    let (mut sender, receiver) = mpsc::channel::<io::Result<Vec<u8>>>(WAITING);
    thread::Builder::new().name("editor input".to_owned()).spawn(move || {
        let mut buffer = vec![0; 16 << 10];
        loop {
            let piece = match input.read(&mut buffer) {
                Ok(0) => return,
                Ok(length) => Ok(buffer.get(..length).unwrap_or_default().to_vec()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => Err(error),
            };
            let last = piece.is_err();
            if block_on(sender.send(piece)).is_err() || last {
                return;
            }
        }
    })?;
    Ok(receiver.into_async_read())
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::io::AsyncReadExt;

    #[test]
    fn every_byte_arrives_in_order() {
        let bytes: Vec<u8> = (0..200_000_u32).map(|number| (number % 251) as u8).collect();
        let mut read = Vec::new();
        block_on(unblocked(io::Cursor::new(bytes.clone())).unwrap().read_to_end(&mut read)).unwrap();
        assert_eq!(read, bytes);
    }
}
