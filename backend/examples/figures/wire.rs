//! What a browser fetches before it shows the dashboard for the first time, as the server sends it.

use super::figure;
use std::{
    collections::BTreeSet,
    io::Read,
    path::{Path, PathBuf},
};

/// The part of the program that draws the dashboard.
const PART: &str = "overview";

pub(crate) fn measure() {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../frontend/dist");
    let bytes: usize = first_view(&dist).iter().map(|file| compressed(&read(&dist.join(file)))).sum();
    let kilobytes = f64::from(u32::try_from(bytes).expect("small")) / 1_000.0;
    figure("Console over the wire, first view", kilobytes, "kB", "Brotli, in Russian; target 300 kB");
}

/// The page, what it names, the texts, and the parts of the program without which the dashboard is not drawn.
fn first_view(dist: &Path) -> BTreeSet<PathBuf> {
    let page = text(&dist.join("index.html"));
    let named = page.split([' ', '>', '"']).filter_map(|word| {
        let (name, value) = word.split_once('=')?;
        let is_file = ["href", "src", "data-js", "data-wasm"].contains(&name) && value.starts_with('/');
        // An icon for home screens alone.
        (is_file && !value.ends_with(".png")).then(|| PathBuf::from(value.trim_start_matches('/')))
    });
    let mut files: BTreeSet<PathBuf> = named.collect();
    let program = files.iter().find(|file| file.to_string_lossy().ends_with("_bg.wasm")).expect("a program");
    let folder = program.parent().expect("a folder").to_owned();
    // Each part follows a comment that says for which pages it is, but for the page's own.
    let loader = text(&dist.join(&folder).join("__wasm_split.js"));
    let shared = loader.split("/* ").skip(1).filter_map(|piece| {
        let (pages, rest) = piece.split_once(" */")?;
        let (_, file) = rest.split_once("\"./")?;
        pages.split(", ").any(|page| page == PART).then(|| file.split('"').next().map(str::to_owned))?
    });
    let own = ["__wasm_split.js".to_owned(), format!("split_{PART}.wasm")];
    files.extend(shared.chain(own).map(|file| folder.join(file)));
    files.extend(["index.html", "ru.ftl"].map(PathBuf::from));
    files
}

/// As small as the server makes it.
fn compressed(plain: &[u8]) -> usize {
    let mut small = Vec::new();
    brotli::CompressorReader::new(plain, 64 * 1_024, 11, 22).read_to_end(&mut small).expect("memory");
    small.len()
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn text(path: &Path) -> String {
    String::from_utf8(read(path)).expect("a text")
}
