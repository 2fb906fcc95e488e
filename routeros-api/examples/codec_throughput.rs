//! How fast answers are decoded.
//!
//! `codec_throughput --generate FILE [ROWS]` writes the answer to a `/ppp/active/print` of so many tunnels (10 000 if not
//! told); `codec_throughput FILE [ROUNDS]` decodes such a file, reads every attribute, and prints rows per second.

use std::{env, fs, hint::black_box, process::ExitCode, time::Instant};

use routeros_api::{
    Generation, Kind, Reply,
    codec::{Decoder, Encoder},
    menus::{Fields, FromRow, ppp_active::PppActive},
};

const USAGE: &str = "usage: codec_throughput --generate FILE [ROWS] | codec_throughput FILE [ROUNDS]";
/// Bytes per read of a socket.
const PIECE: usize = 16 * 1024;

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let result = match args.as_slice() {
        ["--generate", file] => generate(file, 10_000),
        ["--generate", file, rows] => number(rows).and_then(|rows| generate(file, rows)),
        [file] => decode(file, 20),
        [file, rounds] => number(rounds).and_then(|rounds| decode(file, rounds)),
        _ => Err(USAGE.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn number(text: &str) -> Result<usize, Failure> {
    Ok(text.parse()?)
}

fn generate(file: &str, rows: usize) -> Result<(), Failure> {
    let mut encoder = Encoder::new();
    for row in 0..rows {
        let (high, low) = (row / 250 % 250, row % 250 + 1);
        encoder.sentence([
            "!re".to_owned(),
            ".tag=1".to_owned(),
            format!("=.id=*8{row:07X}"),
            format!("=name=user{row:06}"),
            "=service=l2tp".to_owned(),
            format!("=caller-id=198.51.{high}.{low}"),
            format!("=address=10.{}.{high}.{low}", row / 62_500),
            format!("=uptime={}h{}m{}s", row % 24, row % 60, row % 59),
            format!("=session-id=0x81{row:06x}"),
            "=radius=false".to_owned(),
        ])?;
    }
    encoder.sentence(["!done", ".tag=1"])?;
    fs::write(file, encoder.as_slice())?;
    println!("{rows} rows of 8 attributes, {} bytes, written to {file}", encoder.as_slice().len());
    Ok(())
}

fn decode(file: &str, rounds: usize) -> Result<(), Failure> {
    let stream = fs::read(file)?;
    measure("rows decoded, every attribute read", rounds, || untyped(&stream))?;
    measure("rows decoded into typed tunnels", rounds, || typed(&stream))
}

fn measure(
    what: &str,
    rounds: usize,
    mut round: impl FnMut() -> Result<usize, Failure>,
) -> Result<(), Failure> {
    let mut best = f64::INFINITY;
    let mut rows = 0;
    for _ in 0..rounds.max(1) {
        let started = Instant::now();
        rows = round()?;
        best = best.min(started.elapsed().as_secs_f64());
    }
    let per_second = rows as f64 / best;
    println!("{what}: {rows} in {:.3} ms, {per_second:.0} rows/s (best of {rounds})", best * 1e3);
    Ok(())
}

/// As the connection does it, with the rows kept until the end.
fn replies(stream: &[u8], mut each: impl FnMut(Reply) -> Result<(), Failure>) -> Result<(), Failure> {
    let mut decoder = Decoder::default();
    for piece in stream.chunks(PIECE) {
        decoder.space().extend_from_slice(piece);
        while let Some(sentence) = decoder.next_sentence()? {
            each(Reply::parse(sentence)?)?;
        }
    }
    Ok(())
}

fn untyped(stream: &[u8]) -> Result<usize, Failure> {
    let mut rows = Vec::new();
    replies(stream, |reply| {
        if reply.kind() == Kind::Row {
            rows.push(reply.into_row());
        }
        Ok(())
    })?;
    let bytes: usize =
        rows.iter().flat_map(|row| row.attrs()).map(|(name, value)| name.len() + value.len()).sum();
    black_box(bytes);
    Ok(rows.len())
}

fn typed(stream: &[u8]) -> Result<usize, Failure> {
    let generation = Generation::fresh();
    let mut tunnels = Vec::new();
    replies(stream, |reply| {
        if reply.kind() == Kind::Row {
            tunnels.push(PppActive::from_row(&Fields::new(reply.row(), PppActive::MENU, generation))?);
        }
        Ok(())
    })?;
    Ok(black_box(&tunnels).len())
}
