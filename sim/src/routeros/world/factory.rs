//! The router as it is before anybody has configured it, and what a builder wants to be there besides.

use std::collections::{BTreeMap, HashMap};

use super::{LAPSING, World, ppp};
use crate::routeros::{
    clock::{Clock, Micros},
    fault::Faults,
    journal::Journal,
    menus,
    table::Table,
    trap::Trap,
    value::POLICIES,
    version::Version,
};

/// What a new router is made of.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) version: Version,
    pub(crate) clock: Clock,
    /// Seconds east of Greenwich.
    pub(crate) offset: i32,
    pub(crate) user_manager: bool,
    pub(crate) ipv6: bool,
    /// How long the key of a certificate takes.
    pub(crate) key_time: Micros,
    pub(crate) certificate: bool,
    pub(crate) journal_limit: usize,
    /// What the device is, whatever it is called.
    pub(crate) device: Device,
}

/// By what a device can be told from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Device {
    /// A RouterBOARD, with the serial number on its label.
    Board(String),
    /// A virtual machine (CHR), by the id of its licence and the MAC address of its first port.
    Virtual { system_id: String, mac: String },
}

impl World {
    pub(crate) fn new(setup: Setup) -> Result<Self, Trap> {
        let tables: HashMap<_, _> = menus::all().map(|menu| (menu.path, Table::new(menu))).collect();
        let booted = setup.clock.now();
        let mut world = Self {
            version: setup.version,
            clock: setup.clock,
            booted,
            offset: setup.offset,
            user_manager: setup.user_manager,
            deaf_elsewhere: false,
            ipv6: setup.ipv6,
            key_time: setup.key_time,
            tables,
            ppp: ppp::Ppp::default(),
            names: Default::default(),
            next_due: Micros::MAX,
            listeners: Vec::new(),
            sessions: BTreeMap::new(),
            journal: Journal::new(setup.journal_limit),
            faults: Faults::default(),
            dropped: 0,
        };
        debug_assert!(LAPSING.iter().all(|path| world.tables.contains_key(path)));
        world.furnish(setup.certificate)?;
        world.be_device(&setup.device)?;
        Ok(world)
    }

    fn furnish(&mut self, certificate: bool) -> Result<(), Trap> {
        self.make("ppp/profile", &[("name", b"default"), ("default", b"true")])?;
        self.make(
            "ppp/profile",
            &[("name", b"default-encryption"), ("use-encryption", b"yes"), ("default", b"true")],
        )?;
        let without = |missing: &[&str]| {
            let held = POLICIES.iter().filter(|policy| !missing.contains(policy));
            held.copied().collect::<Vec<_>>().join(",")
        };
        let groups = [
            ("read", without(&["ftp", "write", "policy"])),
            ("write", without(&["ftp", "policy"])),
            ("full", POLICIES.join(",")),
        ];
        for (name, policy) in groups {
            self.make("user/group", &[("name", name.as_bytes()), ("policy", policy.as_bytes())])?;
        }
        for (name, port, disabled) in [
            ("ssh", "22", "false"),
            ("www", "80", "false"),
            ("winbox", "8291", "false"),
            ("api", "8728", "false"),
            ("api-ssl", "8729", "false"),
        ] {
            self.make(
                "ip/service",
                &[("name", name.as_bytes()), ("port", port.as_bytes()), ("disabled", disabled.as_bytes())],
            )?;
        }
        self.furnish_certificate(certificate)?;
        for name in ["ether1", "bridge"] {
            self.make("interface", &[("name", name.as_bytes())])?;
        }
        for name in ["all", "none", "dynamic", "static"] {
            self.make("interface/list", &[("name", name.as_bytes()), ("builtin", b"true")])?;
        }
        self.make("system/package", &[("name", b"routeros")])?;
        if self.user_manager {
            self.make("system/package", &[("name", b"user-manager")])?;
            self.make("user-manager/user/group", &[("name", b"default")])?;
            self.amend("user-manager", 0, &[("enabled", b"true")])?;
            self.amend("ppp/aaa", 0, &[("use-radius", b"true")])?;
        }
        Ok(())
    }

    /// Is this device from now on.
    pub(crate) fn be_device(&mut self, device: &Device) -> Result<(), Trap> {
        let (board, serial, software, system, mac) = match device {
            Device::Board(serial) => ("true", serial.as_str(), serial.as_str(), "", ""),
            Device::Virtual { system_id, mac } => ("false", "", "", system_id.as_str(), mac.as_str()),
        };
        self.amend(
            "system/routerboard",
            0,
            &[("routerboard", board.as_bytes()), ("serial-number", serial.as_bytes())],
        )?;
        let license = [("software-id", software.as_bytes()), ("system-id", system.as_bytes())];
        self.amend("system/license", 0, &license)?;
        let ports = self.table("interface/ethernet");
        let known = ports.by_key(&[b"ether1"]).map(|row| row.id);
        let mac = if mac.is_empty() { "02:00:00:00:00:01" } else { mac };
        let port = [("mac-address", mac.as_bytes()), ("orig-mac-address", mac.as_bytes())];
        match known {
            Some(id) => self.amend("interface/ethernet", id, &port),
            None => {
                let named: [(&str, &[u8]); 2] = [("name", b"ether1"), ("default-name", b"ether1")];
                self.make("interface/ethernet", &[named, port].concat()).map(drop)
            }
        }
    }

    /// `api-ssl` answers with a certificate only if it has been given one.
    fn furnish_certificate(&mut self, certificate: bool) -> Result<(), Trap> {
        let services = self.table("ip/service");
        let Some(id) = services.by_key(&[b"api-ssl"]).map(|row| row.id) else { return Ok(()) };
        let name: &[u8] = if certificate { b"api" } else { b"none" };
        if certificate {
            let made = self.make(
                "certificate",
                &[
                    ("name", b"api"),
                    ("common-name", b"sallyport-simulated-router"),
                    ("subject-alt-name", b"IP:127.0.0.1,DNS:localhost"),
                    ("issued", b"true"),
                ],
            )?;
            self.make_key(made, 0)?;
        }
        self.amend("ip/service", id, &[("certificate", name), ("tls-version", b"any")])
    }
}

impl World {
    /// Lets the default profiles give addresses out, which a router does only after somebody has set them up.
    pub(crate) fn give_addresses(&mut self) -> Result<(), Trap> {
        self.make("ip/pool", &[("name", b"vpn"), ("ranges", b"10.8.0.2-10.8.255.254")])?;
        let profiles: Vec<_> = self.table("ppp/profile").rows().map(|row| row.id).collect();
        for profile in profiles {
            self.amend(
                "ppp/profile",
                profile,
                &[("local-address", b"10.8.0.1"), ("remote-address", b"vpn")],
            )?;
        }
        Ok(())
    }
}
