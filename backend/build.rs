//! Sees that there is a folder with the console to take into the binary, even where the console was not built.

use std::{fs, path::Path};

fn main() {
    println!("cargo:rerun-if-changed=../migrations");
    println!("cargo:rerun-if-changed=../frontend/dist");
    let dist = Path::new("../frontend/dist");
    // Whoever cannot write there has a folder already, or finds out at the derive that looks into it.
    let _ = fs::create_dir_all(dist);
}
