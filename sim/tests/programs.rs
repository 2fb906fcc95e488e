//! The simulators as programs: with a port alone they listen, and what they print says where their control API is.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// A program that ends with the test.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a program and gives the control URL that its first line names.
fn start(program: &str) -> (Program, String) {
    let mut child =
        Command::new(program).args(["--listen", ":0"]).stdout(Stdio::piped()).spawn().expect("it starts");
    let stdout = child.stdout.take().expect("it is piped");
    let program = Program(child);
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).expect("it says that it is ready");
    let control = line.split("control=").nth(1).unwrap_or_else(|| panic!("{line}"));
    (program, control.split_whitespace().next().expect("a URL").trim_end_matches('/').to_owned())
}

fn get(url: &str) -> String {
    let (host, path) = url.strip_prefix("http://").and_then(|url| url.split_once('/')).expect("a URL");
    let mut stream = TcpStream::connect(host).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a backstop");
    write!(stream, "GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

#[test]
fn both_say_where_they_are_controlled() {
    for program in [env!("CARGO_BIN_EXE_routeros-sim"), env!("CARGO_BIN_EXE_telegram-sim")] {
        let (_program, control) = start(program);
        let answer = get(&format!("{control}/state"));
        assert!(answer.starts_with("HTTP/1.1 200"), "{program}: {answer}");
    }
}
