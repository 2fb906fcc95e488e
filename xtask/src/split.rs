//! Cuts the built console into files: what the first view needs, and a file for each group of pages.
//!
//! Trunk knows nothing of that. What it has built is cut once more by wasm-split, bound to JavaScript again, and put
//! into a folder whose name is a hash of all of it; the page then names the files there. The parts find each other by
//! relative addresses, so none of them needs a hash of its own.

use std::fs;
use std::path::{Path, PathBuf};

use crate::digest::Digest;
use crate::failure::{Failure, Result};
use crate::place::{Place, make_folder};
use crate::{run, say};

/// How a WebAssembly module begins: with these bytes and its version.
const MAGIC: &[u8] = b"\0asm";
const HEAD: usize = 8;

/// The program's name, and that of its files.
const NAME: &str = "sallyport-console";

/// Cuts what lies in `frontend/dist`; `tools` is the folder of the tools.
///
/// # Errors
/// When a tool fails, or what Trunk has written is not as expected.
pub(crate) fn apply(place: &Place, tools: &Path) -> Result<()> {
    let program = place.target.join("wasm32-unknown-unknown/console").join(format!("{NAME}.wasm"));
    let work = place.notes()?.join("split");
    let (cut, bound) = (work.join("cut"), work.join("bound"));
    let _ = fs::remove_dir_all(&work);
    make_folder(&cut)?;
    make_folder(&bound)?;
    say::step("Cutting the console into files");
    let mut split = run::program(tools.join("wasm-split-cli"));
    split.args(["--target", "web", "--out-name", NAME]).arg(&program).arg(&cut);
    run::logged(&mut split, &place.notes()?.join("wasm-split.log"))?;
    let mut bind = run::program(tools.join("wasm-bindgen"));
    bind.args(["--target", "web", "--no-typescript", "--keep-lld-exports", "--no-demangle"]);
    bind.args(["--remove-name-section", "--remove-producers-section", "--out-name", NAME, "--out-dir"]);
    bind.arg(&bound).arg(cut.join(format!("{NAME}.wasm")));
    run::check(&mut bind)?;
    for part in files(&cut)? {
        let Some(name) = part.file_name().filter(|name| *name != format!("{NAME}.wasm").as_str()) else {
            continue;
        };
        let bytes = fs::read(&part).map_err(Failure::file(&part))?;
        let bytes = if bytes.starts_with(MAGIC) { without_custom(&bytes).unwrap_or(bytes) } else { bytes };
        let to = bound.join(name);
        fs::write(&to, bytes).map_err(Failure::file(&to))?;
    }
    publish(&place.root.join("frontend/dist"), &bound)
}

/// A module without its custom sections, which hold the names of functions and nothing that it needs; wasm-bindgen
/// takes them only from the main file. None if it is not a module.
fn without_custom(module: &[u8]) -> Option<Vec<u8>> {
    let mut kept = module.get(..HEAD)?.to_vec();
    let mut rest = &module[HEAD..];
    while let Some((id, after)) = rest.split_first() {
        let (length, digits) = number(after)?;
        let end = 1 + digits + length;
        let section = rest.get(..end)?;
        if *id != 0 {
            kept.extend_from_slice(section);
        }
        rest = &rest[end..];
    }
    Some(kept)
}

/// A number as WebAssembly writes it, seven bits a byte, and how many bytes it took.
fn number(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0_usize;
    for (at, byte) in bytes.iter().enumerate().take(5) {
        value |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((value, at + 1));
        }
    }
    None
}

/// Puts the files into the folder and lets the page name them there instead of Trunk's own.
fn publish(dist: &Path, bound: &Path) -> Result<()> {
    let mut digest = Digest::new();
    digest.folder(bound, &[])?;
    let folder = digest.to_string();
    let target = dist.join(&folder);
    make_folder(&target)?;
    for file in files(bound)? {
        copy(&file, &target)?;
    }
    let page = dist.join("index.html");
    let text = fs::read_to_string(&page).map_err(Failure::file(&page))?;
    let mut new = text.clone();
    for (attribute, file) in [("data-js", format!("{NAME}.js")), ("data-wasm", format!("{NAME}_bg.wasm"))] {
        let old = value(&text, attribute).ok_or_else(|| {
            Failure::Unexpected(format!(
                "{} has no {attribute}: Trunk writes it differently now",
                page.display()
            ))
        })?;
        let whole = dist.join(old.trim_start_matches('/'));
        fs::remove_file(&whole).map_err(Failure::file(&whole))?;
        new = new.replace(old, &format!("/{folder}/{file}"));
    }
    fs::write(&page, new).map_err(Failure::file(&page))
}

/// The value of an attribute that occurs once, with or without quotes.
fn value<'a>(html: &'a str, attribute: &str) -> Option<&'a str> {
    let (_, rest) = html.split_once(&format!("{attribute}="))?;
    let rest = rest.trim_start_matches('"');
    let end = rest.find(|c: char| c == '"' || c == '>' || c.is_whitespace())?;
    Some(&rest[..end])
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(Failure::file(folder))?;
    Ok(entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect())
}

fn copy(file: &Path, folder: &Path) -> Result<()> {
    let to = folder.join(file.file_name().unwrap_or_default());
    fs::copy(file, &to).map(drop).map_err(Failure::file(&to))
}

#[cfg(test)]
mod tests {
    use super::{number, value, without_custom};

    #[test]
    fn only_what_a_module_needs_is_sent() {
        let module = b"\0asm\x01\0\0\0\x00\x03nam\x0a\x02ab\x00\x00";
        assert_eq!(without_custom(module).as_deref(), Some(&b"\0asm\x01\0\0\0\x0a\x02ab"[..]));
        assert_eq!(without_custom(b"\0asm\x01\0\0\0\x0a\x7f"), None, "cut short");
        assert_eq!(number(&[0xe5, 0x8e, 0x26]), Some((624_485, 3)));
    }

    #[test]
    fn attributes_are_found_with_and_without_quotes() {
        let html = r#"<script data-js="/a-1.js" data-wasm=/a-1.wasm src=/load.js></script>"#;
        assert_eq!((value(html, "data-js"), value(html, "data-wasm")), (Some("/a-1.js"), Some("/a-1.wasm")));
        assert_eq!(value(html, "data-css"), None);
    }
}
