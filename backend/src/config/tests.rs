use super::*;

fn load(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let variables = variables.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned()));
    Config::from_source(&Source::read(None, variables)?)
}

fn load_file(toml: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("own.toml");
    std::fs::write(&path, toml).unwrap();
    let variables = variables.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned()));
    Config::load(Some(&path), variables)
}

#[test]
fn devices_find_the_server_where_it_listens_or_where_it_faces_the_router() {
    let url = |listen: &str, router: &str| load(&[("SALLYPORT_LISTEN", listen)]).unwrap().url_for(router);
    assert_eq!(url("192.0.2.7:8080", "198.51.100.1").as_deref(), Some("http://192.0.2.7:8080"));
    assert_eq!(url("0.0.0.0:8080", "127.0.0.1").as_deref(), Some("http://127.0.0.1:8080"));
    assert_eq!(url("[::1]:8080", "gw.example.org").as_deref(), Some("http://[::1]:8080"));
    assert_eq!(url("0.0.0.0:8080", "gw.example.org"), None, "a name would have to be asked for");
    assert_eq!(url("127.0.0.1:0", "127.0.0.1"), None, "the port is not known yet");
}

#[test]
fn everything_has_a_default() {
    let config = load(&[]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.database_url, "sqlite://data/sallyport.db");
    assert_eq!(config.secret_key_file, Path::new("data/secret.key"));
    assert_eq!(config.telegram.api_url.as_str(), "https://api.telegram.org/");
    assert_eq!(config.log, "info");
    assert!(config.first_owner.is_none() && config.tls.is_none() && !config.is_https());
}

#[test]
fn the_data_directory_moves_what_is_kept_in_it() {
    let config = load(&[("SALLYPORT_DATA_DIR", "/srv/vpn")]).unwrap();
    assert_eq!(config.database_url, "sqlite:///srv/vpn/sallyport.db");
    assert_eq!(config.secret_key_file, Path::new("/srv/vpn/secret.key"));
}

#[test]
fn variables_override_the_file() {
    let toml = "listen = \"127.0.0.1:1\"\nlog = \"debug\"\ntrusted_proxies = [\"10.0.0.0/8\", \"::1\"]";
    let config = load_file(toml, &[("SALLYPORT_LISTEN", "127.0.0.1:2")]).unwrap();
    assert_eq!(config.listen.port(), 2);
    assert_eq!(config.log, "debug");
    assert_eq!(config.trusted_proxies.len(), 2);
}

#[test]
fn passwords_stay_what_they_are_and_never_show() {
    let owner = [("SALLYPORT_ADMIN_USERNAME", "root"), ("SALLYPORT_ADMIN_PASSWORD", "0123456789")];
    let config = load(&owner).unwrap();
    assert_eq!(config.first_owner.as_ref().unwrap().password.expose(), "0123456789");
    assert!(!format!("{config:?}").contains("0123456789"));
}

#[test]
fn empty_variables_count_as_not_given() {
    let config = load(&[("SALLYPORT_TELEGRAM_TOKEN", ""), ("SALLYPORT_PUBLIC_URL", "")]).unwrap();
    assert!(config.telegram.token.is_none() && config.public_url.is_none());
}

#[test]
fn a_wrong_value_is_named_in_one_line() {
    for (variable, wrong) in [
        ("SALLYPORT_LISTEN", "8080"),
        ("SALLYPORT_DATABASE_URL", "mysql://x"),
        ("SALLYPORT_TELEGRAM_TOKEN", "not-a-token"),
        ("SALLYPORT_TELEGRAM_API_URL", "telegram"),
        ("SALLYPORT_TELEGRAM_PROXY", "ftp://proxy"),
        ("SALLYPORT_TELEGRAM_WEBHOOK", "perhaps"),
        ("SALLYPORT_PUBLIC_URL", "vpn.example.org"),
        ("SALLYPORT_TRUSTED_PROXIES", "10.0.0.0/33"),
        ("SALLYPORT_METRICS_LISTEN", "everywhere"),
        ("SALLYPORT_LOG", "loud!"),
        ("SALLYPORT_LOG_FORMAT", "xml"),
    ] {
        let error = load(&[(variable, wrong)]).expect_err(variable).to_string();
        assert!(error.starts_with(variable) && !error.contains('\n'), "{error}");
        assert!(!error.contains(wrong) || variable != "SALLYPORT_TELEGRAM_TOKEN", "a secret was shown");
    }
}

#[test]
fn halves_of_pairs_are_refused() {
    let error = load(&[("SALLYPORT_TLS_CERT", "cert.pem")]).unwrap_err();
    assert_eq!(error.to_string(), "SALLYPORT_TLS_KEY is needed as well, because SALLYPORT_TLS_CERT is given");
    let error = load(&[("SALLYPORT_ADMIN_PASSWORD", "secret")]).unwrap_err();
    assert!(error.to_string().starts_with("SALLYPORT_ADMIN_USERNAME"));
}

#[test]
fn the_file_is_strict_and_names_itself() {
    let error = load_file("listne = \"127.0.0.1:1\"", &[]).unwrap_err().to_string();
    assert!(error.contains("listne") && error.contains("own.toml"), "{error}");
    let error = load_file("listen = \"nowhere\"", &[]).unwrap_err().to_string();
    assert!(error.starts_with("listen in ") && error.contains("own.toml"), "{error}");
    let error = load_file("listen = [", &[]).unwrap_err().to_string();
    assert!(!error.contains('\n'), "{error}");
    assert!(Config::load(Some(Path::new("/nowhere/at/all.toml")), []).is_err());
}

#[test]
fn a_port_alone_is_this_machines() {
    let config = load(&[("SALLYPORT_LISTEN", ":0"), ("SALLYPORT_METRICS_LISTEN", ":9100")]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:0");
    assert_eq!(config.metrics_listen.unwrap().to_string(), "127.0.0.1:9100");
    for wrong in [":", ":65536", "8080"] {
        assert!(load(&[("SALLYPORT_LISTEN", wrong)]).unwrap_err().to_string().contains("SALLYPORT_LISTEN"));
    }
}
