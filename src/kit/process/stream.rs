//! Programs whose lines are handed on while they run.

use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::{Cmd, End};
use crate::kit::outcome::{Failure, Result};

/// A longer line comes in pieces of this many bytes.
const LONGEST_LINE: usize = 64 * 1024;

impl Cmd {
    /// Runs the program and hands over each line it prints, of both streams, as it comes. What it reads from standard input
    /// is nothing. When this future is dropped, or the time is up, the program and its whole process group are killed.
    ///
    /// # Errors
    /// Environment, when the program cannot be started or read from. How it ended is no error.
    pub async fn stream(&self, mut line: impl FnMut(&str)) -> Result<End> {
        let cannot = |error: std::io::Error| {
            Failure::environment(format!("cannot run {}", self.name())).because(error)
        };
        let (mut child, _group) = self.start()?;
        let mut out = Lines::new(child.stdout.take());
        let mut err = Lines::new(child.stderr.take());
        let work = async {
            while !(out.ended() && err.ended()) {
                tokio::select! {
                    read = out.read(), if !out.ended() => read?,
                    read = err.read(), if !err.ended() => read?,
                }
                out.each(&mut line);
                err.each(&mut line);
            }
            child.wait().await
        };
        match tokio::time::timeout(self.limit, work).await {
            Ok(status) => {
                let status = status.map_err(cannot)?;
                Ok(std::os::unix::process::ExitStatusExt::signal(&status)
                    .map_or_else(|| End::Code(status.code().unwrap_or(-1)), End::Signal))
            }
            Err(_) => Ok(End::TimedOut(self.limit)),
        }
    }
}

/// The lines of one stream.
struct Lines<R> {
    stream: Option<R>,
    buffer: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    fn new(stream: Option<R>) -> Self {
        Self {
            stream,
            buffer: Vec::new(),
        }
    }

    fn ended(&self) -> bool {
        self.stream.is_none()
    }

    /// Reads a piece. Safe to cancel: what was read is in the buffer.
    async fn read(&mut self) -> std::io::Result<()> {
        if let Some(stream) = &mut self.stream
            && stream.read_buf(&mut self.buffer).await? == 0
        {
            self.stream = None;
        }
        Ok(())
    }

    /// Hands over the lines that are complete, and at the end of the stream the rest.
    fn each(&mut self, line: &mut impl FnMut(&str)) {
        while let Some(end) = self.buffer.iter().position(|&byte| byte == b'\n') {
            let bytes: Vec<u8> = self.buffer.drain(..=end).collect();
            let bytes = &bytes[..end];
            line(&String::from_utf8_lossy(
                bytes.strip_suffix(b"\r").unwrap_or(bytes),
            ));
        }
        if self.buffer.len() >= LONGEST_LINE || (self.ended() && !self.buffer.is_empty()) {
            line(&String::from_utf8_lossy(&std::mem::take(&mut self.buffer)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::kit::context::Env;

    fn stream(script: &str, limit: Duration) -> (End, Vec<String>) {
        let env: Env = [("PATH", "/usr/bin:/bin")].into_iter().collect();
        let cmd = Cmd::new("/bin/sh", &env).args(["-c", script]).limit(limit);
        let mut lines = Vec::new();
        let end = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime")
            .block_on(cmd.stream(|line| lines.push(line.to_owned())));
        (end.expect("it ran"), lines)
    }

    #[test]
    fn lines_of_both_streams_and_the_rest_without_a_line_end() {
        let (end, mut lines) = stream(
            "echo a; printf 'b\\r\\n'; echo c >&2; printf d; exit 3",
            Duration::from_secs(60),
        );
        let place = |line: &str| lines.iter().position(|is| is == line);
        assert!(place("a") < place("b") && place("b") < place("d"), "{lines:?}");
        // Which of two streams is read first is not ours to say.
        lines.sort();
        assert_eq!((end, lines.join(",").as_str()), (End::Code(3), "a,b,c,d"));
    }

    #[test]
    fn a_line_without_an_end_does_not_fill_the_memory() {
        let (end, lines) = stream("head -c 1000000 /dev/zero", Duration::from_secs(20));
        assert!(end.good() && lines.len() > 2 && lines.iter().map(String::len).sum::<usize>() == 1_000_000);
    }

    #[test]
    fn the_time_limit_holds() {
        let started = Instant::now();
        let (end, lines) = stream("echo a; sleep 60 & sleep 60", Duration::from_millis(300));
        assert_eq!(
            (end, lines),
            (End::TimedOut(Duration::from_millis(300)), vec!["a".to_owned()])
        );
        assert!(started.elapsed() < Duration::from_secs(20));
    }
}
