//! The console's entry point: everything is in the library, so that native tests can reach it.

fn main() {
    sallyport_console::start();
}
