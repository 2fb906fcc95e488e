//! What is said of a router in a change: only what is named, so that all else stays as it is.

/// The input of an operation on a router, with nothing in it but these fields.
macro_rules! only {
    ($module:ident { $($field:ident: $value:expr),+ $(,)? }) => {{
        let mut input = $module::RouterInput {
            name: None,
            host: None,
            port: None,
            tls: None,
            pinned_sha256: None,
            ca_pem: None,
            username: None,
            password: None,
            md5_login: None,
            mode: None,
            enabled: None,
            poll_seconds: None,
            sandbox_list: None,
            allow_list: None,
            ban_list: None,
            allow_seconds: None,
            account_source: None,
        };
        $(input.$field = $value;)+
        input
    }};
}
pub(super) use only;
