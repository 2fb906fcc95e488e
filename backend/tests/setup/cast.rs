//! A server without workers, and a router as it comes out of the box: default firewall, accounts, no box.

use sallyport::{
    app::App,
    clock::Clock,
    config::{Config, Secret},
    ops::{
        OpResult,
        authority::{Installer, Manager, Viewer},
        routers::{self, RouterChange},
        settings::{self, SettingsChange},
        setup::{self, Report},
    },
    store::{
        Store,
        records::{AdminRecord, AuditFilter, Role, RouterMode, Slice, TlsMode},
        testing::{Temporary, postgres_server},
    },
};
use sallyport_shared::{
    ids::{AdminId, RouterId},
    language::Language,
    router::TelegramNetworks,
};
use sim::routeros::{Builder, Packet, RouterSim};
use std::{collections::BTreeMap, net::Ipv4Addr};
use tempfile::TempDir;

pub(crate) const SANDBOX: &str = "2fa-sandboxed";
pub(crate) const ALLOW: &str = "2fa-allowed";
pub(crate) const BAN: &str = "2fa-banned";

/// All rights that there are.
pub(crate) const FULL: &str = "local,telnet,ssh,ftp,reboot,read,write,policy,test,winbox,password,web,sniff,\
                               sensitive,api,romon,rest-api";

pub(crate) struct Cast {
    pub(crate) app: App,
    pub(crate) sim: RouterSim,
    pub(crate) router: RouterId,
    by: Installer,
    folder: TempDir,
    _database: Option<Temporary>,
}

/// The firewall that MikroTik ships, and accounts of three profiles.
pub(crate) fn bare(rights: &str) -> Builder {
    let rules: [&[(&str, &str)]; 8] = [
        &[("chain", "input"), ("action", "accept"), ("connection-state", "established,related,untracked")],
        &[("chain", "input"), ("action", "drop"), ("connection-state", "invalid")],
        &[("chain", "input"), ("action", "accept"), ("protocol", "icmp")],
        &[
            ("chain", "forward"),
            ("action", "fasttrack-connection"),
            ("connection-state", "established,related"),
        ],
        &[("chain", "forward"), ("action", "accept"), ("connection-state", "established,related,untracked")],
        &[("chain", "forward"), ("action", "drop"), ("connection-state", "invalid")],
        &[("chain", "forward"), ("action", "accept"), ("comment", "2FA ivan"), ("disabled", "yes")],
        &[("chain", "forward"), ("action", "accept"), ("src-address", "10.8.0.0/16")],
    ];
    let six = [("chain", "forward"), ("action", "accept"), ("comment", "six")];
    let mut builder =
        RouterSim::builder().user("sallyport", "secret", rights).row("ipv6/firewall/filter", &six);
    for rule in rules {
        builder = builder.row("ip/firewall/filter", rule);
    }
    accounts(builder)
}

/// The same where the package of IPv6 is disabled.
pub(crate) fn bare_without_ipv6() -> Builder {
    accounts(RouterSim::builder().user("sallyport", "secret", "read,write,api").without_ipv6())
}

fn accounts(builder: Builder) -> Builder {
    builder
        .row("ppp/profile", &[("name", "vpn"), ("local-address", "10.8.0.1"), ("remote-address", "vpn")])
        .row(
            "ppp/profile",
            &[
                ("name", "Отдел"),
                ("local-address", "10.8.0.1"),
                ("remote-address", "vpn"),
                ("address-list", "staff"),
            ],
        )
        .row("ppp/secret", &[("name", "ivan"), ("profile", "vpn")])
        .row("ppp/secret", &[("name", "ольга"), ("profile", "Отдел")])
        .secret("petr")
}

impl Cast {
    pub(crate) async fn of(builder: Builder) -> Self {
        Self::on(builder, "", None).await
    }

    /// The same on each database that there is.
    pub(crate) async fn on_each(rights: &str, story: impl AsyncFn(Self)) {
        story(Self::of(bare(rights)).await).await;
        if let Some(server) = postgres_server() {
            let database = Store::temporary_postgres(&server).await.unwrap();
            story(Self::on(bare(rights), &database.url(), Some(database)).await).await;
        }
    }

    async fn on(builder: Builder, url: &str, database: Option<Temporary>) -> Self {
        let sim = builder.start().await.unwrap();
        let folder = TempDir::new().unwrap();
        let mut variables = vec![("SALLYPORT_DATA_DIR".to_owned(), folder.path().display().to_string())];
        if !url.is_empty() {
            variables.push(("SALLYPORT_DATABASE_URL".to_owned(), url.to_owned()));
        }
        let app = App::open(Config::load(None, variables).unwrap(), Clock::system()).await.unwrap();
        let manager = manager(&app);
        let change = RouterChange {
            name: Some("hq-gw".to_owned()),
            host: Some(sim.addr().ip().to_string()),
            port: Some(sim.addr().port().into()),
            tls: Some(TlsMode::Plain),
            username: Some("sallyport".to_owned()),
            password: Some(Secret::new("secret".to_owned())),
            ..RouterChange::default()
        };
        let router = routers::create(&app, &manager, change).await.unwrap().id;
        Self { app, sim, router, by: Installer::from(&manager), folder, _database: database }
    }

    /// Enters another router.
    pub(crate) async fn enter(&self, name: &str, sim: &RouterSim) -> RouterId {
        let change = RouterChange {
            name: Some(name.to_owned()),
            host: Some(sim.addr().ip().to_string()),
            port: Some(sim.addr().port().into()),
            tls: Some(TlsMode::Plain),
            username: Some("sallyport".to_owned()),
            password: Some(Secret::new("secret".to_owned())),
            ..RouterChange::default()
        };
        routers::create(&self.app, &manager(&self.app), change).await.unwrap().id
    }

    /// Where the server keeps its data.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The server gets a public address: from then on there are hooks and the page of the box.
    pub(crate) async fn has_address(&self, url: &str) {
        let change = SettingsChange { public_url: Some(Some(url.to_owned())), ..SettingsChange::default() };
        settings::update(&self.app, &manager(&self.app), change).await.unwrap();
    }

    /// Sets Telegram's networks; gives what counts from now on.
    pub(crate) async fn telegram_networks(&self, networks: &[&str]) -> OpResult<TelegramNetworks> {
        let networks = networks.iter().map(|network| (*network).to_owned()).collect();
        let change = SettingsChange { telegram_networks: Some(networks), ..SettingsChange::default() };
        Ok(settings::update(&self.app, &manager(&self.app), change).await?.telegram_networks)
    }

    /// Somebody changes the router's mode.
    pub(crate) async fn set_mode(&self, mode: RouterMode) {
        let change = RouterChange { mode: Some(mode), ..RouterChange::default() };
        routers::update(&self.app, &manager(&self.app), self.router, change).await.unwrap();
    }

    pub(crate) async fn rotate_hook_token(&self) {
        routers::rotate_hook_token(&self.app, &manager(&self.app), self.router).await.unwrap();
    }

    pub(crate) async fn mode(&self, mode: RouterMode) {
        let change = RouterChange { mode: Some(mode), ..RouterChange::default() };
        routers::update(&self.app, &manager(&self.app), self.router, change).await.unwrap();
    }

    /// The server comes to the router by this port, and so.
    pub(crate) async fn comes_by(&self, port: u16, tls: TlsMode, pin: Option<String>) {
        let change = RouterChange {
            port: Some(port.into()),
            tls: Some(tls),
            pinned_sha256: Some(pin),
            password: Some(Secret::new("secret".to_owned())),
            ..RouterChange::default()
        };
        routers::update(&self.app, &manager(&self.app), self.router, change).await.unwrap();
    }

    pub(crate) async fn plan(&self) -> Report {
        setup::plan(&self.app, &self.by, self.router).await.unwrap()
    }

    pub(crate) async fn try_apply(&self, keys: Option<&[&str]>) -> OpResult<Report> {
        let keys = keys.map(|keys| keys.iter().map(|key| (*key).to_owned()).collect());
        setup::apply(&self.app, &self.by, self.router, keys).await
    }

    pub(crate) async fn apply(&self) -> Report {
        self.try_apply(None).await.unwrap()
    }

    pub(crate) async fn try_undo(&self) -> OpResult<Report> {
        self.try_undo_of(None).await
    }

    pub(crate) async fn try_undo_of(&self, keys: Option<&[&str]>) -> OpResult<Report> {
        let keys = keys.map(|keys| keys.iter().map(|key| (*key).to_owned()).collect());
        setup::undo(&self.app, &self.by, self.router, keys).await
    }

    pub(crate) async fn undo(&self) -> Report {
        self.try_undo().await.unwrap()
    }

    /// The audit's actions about the set-up, the oldest first.
    pub(crate) async fn audit(&self) -> Vec<(String, String)> {
        let mut tx = self.app.store.read().await.unwrap();
        let page = tx.audit_page(&AuditFilter::default(), &Slice::first(100)).await.unwrap();
        let mut rows: Vec<_> = page
            .items
            .into_iter()
            .map(|(_, row)| (row.event.action, row.event.detail.unwrap_or_default()))
            .filter(|(action, _)| action.contains("setup"))
            .collect();
        rows.reverse();
        rows
    }

    /// Everything that is configured on the router: for each menu its rows in their order.
    pub(crate) fn state(&self) -> BTreeMap<&'static str, Vec<String>> {
        let passing = ["log", "user/active", "ip/firewall/connection", "system/resource", "system/clock"];
        let menus = self.sim.menus().into_iter().filter(|menu| !passing.contains(menu));
        menus.map(|menu| (menu, self.rows(menu))).collect()
    }

    fn rows(&self, menu: &str) -> Vec<String> {
        let rows =
            self.sim.rows(menu).into_iter().filter(|row| !row.is("dynamic") || menu.contains("filter"));
        rows.map(|row| {
            let lasting =
                row.values().filter(|(name, _)| !name.starts_with("last-") && *name != "creation-time");
            let values = lasting.map(|(name, value)| format!("{name}={}", String::from_utf8_lossy(value)));
            format!("{} {}", row.id, values.collect::<Vec<_>>().join(" "))
        })
        .collect()
    }

    /// What happens to packets of a tunnel: new and established through the router, to the router, and to the tunnel.
    pub(crate) fn passes(&self, tunnel: Ipv4Addr) -> [bool; 4] {
        let far = Ipv4Addr::new(192, 168, 1, 10);
        let router = Packet::new(tunnel, Ipv4Addr::new(10, 8, 0, 1)).to_router();
        [
            Packet::new(tunnel, far),
            Packet::new(tunnel, far).established(),
            router,
            Packet::new(far, tunnel).established(),
        ]
        .map(|packet| self.sim.would_pass(&packet).passes)
    }
}

/// An administrator who manages.
fn manager(app: &App) -> Manager {
    let admin = AdminRecord {
        id: AdminId(app.clock.new_id()),
        username: "marina".to_owned(),
        password_hash: String::new(),
        role: Role::Admin,
        language: Language::En,
        telegram: None,
        enabled: true,
        totp_secret_enc: None,
        totp_enabled: false,
        totp_last_step: None,
        recovery_hashes: Vec::new(),
        link_code_hash: None,
        link_code_expires_at: None,
        preferences: serde_json::Value::Null,
        last_login_at: None,
        created_at: app.clock.now(),
        version: 0,
    };
    Viewer::of(&admin, None, None).unwrap().manager().unwrap()
}
