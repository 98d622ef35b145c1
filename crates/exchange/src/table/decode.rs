//! Any encoding, read as UTF-8.

use std::io::{self, BufRead, Read};

use encoding_rs::{CoderResult, Decoder, Encoding};

/// Reads text of an encoding as UTF-8, its byte order mark left out. What is no character of the
/// encoding becomes U+FFFD, which no cell may hold.
pub(super) struct Decoded<R> {
    input: R,
    decoder: Decoder,
    out: Box<[u8]>,
    /// What of `out` is still to be given.
    ready: std::ops::Range<usize>,
    finished: bool,
}

/// At least one character fits.
const OUT_BYTES: usize = 64 << 10;

impl<R: BufRead> Decoded<R> {
    pub fn new(input: R, encoding: &'static Encoding) -> Self {
        let decoder = encoding.new_decoder_with_bom_removal();
        Self { input, decoder, out: vec![0; OUT_BYTES].into(), ready: 0..0, finished: false }
    }

    fn decode_more(&mut self) -> io::Result<()> {
        while self.ready.is_empty() && !self.finished {
            let bytes = self.input.fill_buf()?;
            let last = bytes.is_empty();
            let (result, read, written, _) =
                self.decoder.decode_to_utf8(bytes, &mut self.out, last);
            self.input.consume(read);
            self.ready = 0..written;
            self.finished = last && result == CoderResult::InputEmpty;
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.decode_more()?;
        let count = buffer.len().min(self.ready.len());
        let start = self.ready.start;
        buffer[..count].copy_from_slice(&self.out[start..start + count]);
        self.ready.start += count;
        Ok(count)
    }
}
