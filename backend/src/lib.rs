//! Sallyport, the server: the imperative shell around the rules of `sallyport_shared`.

pub mod store;
