//! Typed menus: what they ask, and how they read what real routers answered.

use std::time::Duration;

use routeros_api::{
    Connection, Error, Id,
    menus::{
        self, ip_firewall_address_list, ip_firewall_connection, ip_firewall_filter, ip_service, log, ppp_aaa,
        ppp_active,
        ppp_active::Cut,
        ppp_profile, ppp_secret, system_clock, system_identity, system_resource, user, user_group,
        user_manager::{self, Edition},
        user_manager_session, user_manager_user,
    },
};
use tokio::task::JoinHandle;

use crate::fake::{Heard, router};

/// A router that answers each command, whatever it is, with the rows that `answers` has for its path.
fn canned(
    answers: &'static [(&'static str, &'static [&'static [&'static str]])],
) -> (Connection, JoinHandle<()>) {
    router(move |mut peer| async move {
        while let Some(heard) = peer.try_hear().await {
            never_secrets(&heard);
            let rows = answers.iter().find(|(path, _)| *path == heard.path()).map(|(_, rows)| *rows);
            match rows {
                Some(rows) => {
                    for row in rows {
                        peer.say("!re", &heard.tag, row).await;
                    }
                    if rows.is_empty() {
                        peer.say("!empty", &heard.tag, &[]).await;
                    }
                }
                None => peer.say("!trap", &heard.tag, &["=message=no such command prefix"]).await,
            }
            peer.done(&heard.tag).await;
        }
    })
}

/// Each print has a proplist without secrets.
fn never_secrets(heard: &Heard) {
    if heard.path().ends_with("/print") && !heard.has("=count-only=") {
        let proplist = heard.words.iter().find_map(|word| word.strip_prefix("=.proplist="));
        let names: Vec<&str> = proplist.expect("a proplist").split(',').collect();
        for secret in ["password", "otp-secret", "shared-secret", "private-key", "secret", "on-up", "on-down"]
        {
            assert!(!names.contains(&secret), "{heard:?}");
        }
    }
}

#[tokio::test]
async fn tunnels_of_both_versions_are_read() {
    let (connection, _router) = canned(&[(
        "/ppp/active/print",
        &[
            &[
                "=.id=*80000077",
                "=name=48:8F:5A:7C:13:3A",
                "=service=pppoe",
                "=caller-id=B8:69:F4:B7:52:BB",
                "=address=10.30.246.13",
                "=uptime=3d17h14m31s",
                "=session-id=0x81300077",
                "=radius=true",
            ],
            &["=.id=*8", "=name=marksilas", "=uptime=44m55s", "=caller-id=1.2.3.4", "=service=l2tp"],
        ],
    )]);
    let tunnels = ppp_active::print(&connection).await.expect("read");
    assert!(tunnels[0].radius && !tunnels[1].radius);
    assert_eq!(tunnels[0].uptime, Some(Duration::from_secs(3 * 86_400 + 17 * 3600 + 14 * 60 + 31)));
    assert!(tunnels[0].session_id == "0x81300077" && tunnels[1].session_id.is_empty());
    assert!(tunnels[1].name == "marksilas" && tunnels[1].address.is_empty());
}

#[tokio::test]
async fn a_row_without_id_or_with_an_odd_flag_is_an_error() {
    for row in [&["=name=ivan"][..], &["=.id=*8", "=name=ivan", "=radius=maybe"], &["=.id=*8"]] {
        let (connection, _router) = router(move |mut peer| async move {
            let heard = peer.hear().await;
            peer.say("!re", &heard.tag, row).await;
            peer.done(&heard.tag).await;
        });
        let error = ppp_active::print(&connection).await.expect_err("unreadable");
        assert!(matches!(error, Error::Row { menu: "/ppp/active", .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_tunnel_is_cut_by_its_id_and_one_that_is_gone_is_no_error() {
    let (connection, router) = router(|mut peer| async move {
        let remove = peer.expect("/ppp/active/remove").await;
        assert!(remove.has("=.id=*8"), "{remove:?}");
        peer.done(&remove.tag).await;
        let remove = peer.expect("/ppp/active/remove").await;
        peer.say("!trap", &remove.tag, &["=category=0", "=message=no such item (4)"]).await;
        peer.done(&remove.tag).await;
    });
    let tunnel = Id::new(connection.generation(), "*8");
    assert_eq!(ppp_active::remove(&connection, &tunnel).await.expect("removed"), Cut::Removed);
    assert_eq!(ppp_active::remove(&connection, &tunnel).await.expect("no error"), Cut::Gone);
    router.await.expect("the story ends");
}

#[tokio::test]
async fn accounts_profiles_and_settings_are_read() {
    let (connection, _router) = canned(&[
        (
            "/ppp/secret/print",
            &[&[
                "=.id=*1",
                "=name=ivan",
                "=service=ovpn",
                "=profile=vpn",
                "=disabled=true",
                "=last-caller-id=1.2.3.4",
            ]],
        ),
        (
            "/ppp/profile/print",
            &[&["=.id=*0", "=name=default", "=default=true", "=address-list=pending,vpn"]],
        ),
        ("/ppp/aaa/print", &[&["=use-radius=yes", "=accounting=no", "=interim-update=1m"]]),
        ("/system/identity/print", &[&["=name=core"]]),
        ("/system/resource/print", &[&["=uptime=1w2d3h4m5s", "=version=7.24 (stable)", "=cpu-load=3"]]),
        ("/system/clock/print", &[&["=date=2026-09-28", "=time=16:48:57", "=gmt-offset=+03:00"]]),
        (
            "/user/print",
            &[&["=.id=*2", "=name=api", "=group=sallyport", "=address=10.0.0.5/32", "=disabled=false"]],
        ),
        ("/user/group/print", &[&["=.id=*3", "=name=sallyport", "=policy=read,write,api,!local,!telnet"]]),
        (
            "/log/print",
            &[&["=.id=*A1", "=time=14:27:01", "=topics=l2tp,ppp,info", "=message=<l2tp-ivan>: connected"]],
        ),
        (
            "/ip/service/print",
            &[
                &[
                    "=.id=*9",
                    "=name=api-ssl",
                    "=port=8729",
                    "=certificate=none",
                    "=disabled=false",
                    "=dynamic=false",
                ],
                &["=.id=*F", "=name=api-ssl", "=port=8729", "=dynamic=true"],
            ],
        ),
    ]);
    let secret = &ppp_secret::find(&connection, "ivan").await.expect("read")[0];
    assert!(secret.disabled && secret.profile == "vpn" && secret.remote_address.is_none());
    let profile = &ppp_profile::print(&connection).await.expect("read")[0];
    assert!(profile.default && profile.address_list == ["pending", "vpn"]);
    let aaa = ppp_aaa::print(&connection).await.expect("read");
    assert_eq!(
        (aaa.use_radius, aaa.accounting, aaa.interim_update),
        (true, false, Some(Duration::from_secs(60)))
    );
    assert!(system_identity::name(&connection).await.expect("read") == "core");
    let resource = system_resource::print(&connection).await.expect("read");
    assert_eq!(resource.parsed_version().map(|version| (version.major, version.minor)), Some((7, 24)));
    assert_eq!(resource.cpu_load, Some(3));
    let clock = system_clock::print(&connection).await.expect("read");
    assert_eq!(clock.unix_seconds(), Some(20_724 * 86_400 + 13 * 3600 + 48 * 60 + 57));
    let account = user::find(&connection, b"api").await.expect("read").expect("there");
    assert!(account.address == ["10.0.0.5/32"]);
    let group = user_group::find(&connection, account.group.as_bytes()).await.expect("read").expect("there");
    assert_eq!(group.rights.missing(&["read", "write", "api", "telnet"]), ["telnet"]);
    assert_eq!(log::print(&connection, 10).await.expect("read")[0].topics.len(), 3);
    let services = ip_service::print(&connection).await.expect("read");
    assert_eq!(services.len(), 1, "connections aren't services");
    assert_eq!(services[0].certificate, None);
}

#[tokio::test]
async fn the_user_manager_has_two_editions_or_none() {
    let (none, _router) = canned(&[]);
    assert_eq!(user_manager::detect(&none).await.expect("told"), None);
    let (connection, _router) = router(|mut peer| async move {
        let count = peer.expect("/user-manager/user/print").await;
        peer.say("!trap", &count.tag, &["=message=no such command prefix"]).await;
        peer.done(&count.tag).await;
        let count = peer.expect("/tool/user-manager/user/print").await;
        assert!(count.has("=count-only="));
        peer.say("!done", &count.tag, &["=ret=1"]).await;
        let print = peer.expect("/tool/user-manager/user/print").await;
        peer.say("!re", &print.tag, &["=.id=*1", "=username=ivan", "=customer=admin", "=disabled=false"])
            .await;
        peer.done(&print.tag).await;
        let print = peer.expect("/user-manager/session/print").await;
        assert!(print.has("?=active=true"), "{print:?}");
        let row =
            ["=.id=*5", "=user=ivan", "=active=true", "=status=start,interim", "=user-address=10.8.0.5"];
        peer.say("!re", &print.tag, &row).await;
        peer.done(&print.tag).await;
        let disable = peer.expect("/user-manager/user/disable").await;
        assert!(disable.has("=.id=*1"), "{disable:?}");
        peer.done(&disable.tag).await;
    });
    assert_eq!(user_manager::detect(&connection).await.expect("told"), Some(Edition::V6));
    let users = user_manager_user::print(&connection, Edition::V6).await.expect("read");
    assert!(users[0].name == "ivan" && users[0].group == "admin" && users[0].shared_users.is_none());
    let sessions = user_manager_session::print_active(&connection, Edition::V7).await.expect("read");
    assert!(sessions[0].active && sessions[0].status == ["start", "interim"]);
    user_manager_user::set_disabled(&connection, Edition::V7, &[users[0].id.clone()], true)
        .await
        .expect("disabled");
}

#[tokio::test]
async fn allow_entries_are_added_kept_and_removed() {
    let (connection, router) = router(|mut peer| async move {
        let add = peer.expect("/ip/firewall/address-list/add").await;
        for word in ["=list=allow", "=address=10.8.0.5", "=timeout=5m", "=comment=2fa:ivan"] {
            assert!(add.has(word), "{add:?}");
        }
        peer.say("!done", &add.tag, &["=ret=*3C"]).await;
        let add = peer.expect("/ip/firewall/address-list/add").await;
        peer.say("!trap", &add.tag, &["=message=failure: already have such entry"]).await;
        peer.done(&add.tag).await;
        let set = peer.expect("/ip/firewall/address-list/set").await;
        assert!(set.has("=.id=*3C,*3D") && set.has("=timeout=2m"), "one command for all: {set:?}");
        peer.done(&set.tag).await;
        let print = peer.expect("/ip/firewall/address-list/print").await;
        assert!(print.has("?=list=allow"), "{print:?}");
        let row = [
            "=.id=*3C",
            "=list=allow",
            "=address=10.8.0.5",
            "=timeout=1m59s",
            "=dynamic=true",
            "=disabled=false",
        ];
        peer.say("!re", &print.tag, &row).await;
        peer.done(&print.tag).await;
        // The router stops at the item that is missing; then each is tried by itself.
        for (ids, missing) in [("*3C,*3D", true), ("*3C", true), ("*3D", false)] {
            let remove = peer.expect("/ip/firewall/address-list/remove").await;
            assert!(remove.has(&format!("=.id={ids}")), "{remove:?}");
            if missing {
                peer.say("!trap", &remove.tag, &["=message=no such item (4)"]).await;
            }
            peer.done(&remove.tag).await;
        }
    });
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    let add =
        || ip_firewall_address_list::add(&connection, b"allow", b"10.8.0.5", Some(minutes(5)), b"2fa:ivan");
    let id = add().await.expect("added");
    assert_eq!(id.raw(), b"*3C");
    assert!(add().await.expect_err("there already").trap().is_some_and(routeros_api::Trap::is_duplicate));
    let ids = [id, Id::new(connection.generation(), "*3D")];
    ip_firewall_address_list::set_timeout(&connection, &ids, minutes(2)).await.expect("set");
    let entries = ip_firewall_address_list::print(&connection, b"allow").await.expect("read");
    assert_eq!(entries[0].timeout, Some(Duration::from_secs(119)));
    ip_firewall_address_list::remove(&connection, &ids).await.expect("gone");
    router.await.expect("the story ends");
}

#[tokio::test]
async fn rules_are_read_with_their_matchers_and_switched() {
    let (connection, router) = router(|mut peer| async move {
        let print = peer.expect("/ip/firewall/filter/print").await;
        let row = [
            "=.id=*A",
            "=chain=forward",
            "=action=accept",
            "=comment=2FA ivan",
            "=disabled=true",
            "=src-address=10.8.0.5",
        ];
        peer.say("!re", &print.tag, &row).await;
        peer.done(&print.tag).await;
        let enable = peer.expect("/ip/firewall/filter/enable").await;
        assert!(enable.has("=.id=*A"));
        peer.done(&enable.tag).await;
    });
    let rule = ip_firewall_filter::print(&connection).await.expect("read").remove(0);
    assert!(rule.disabled && rule.row.get("src-address") == Some(b"10.8.0.5"));
    ip_firewall_filter::set_disabled(&connection, &[rule.id], false).await.expect("enabled");
    router.await.expect("the story ends");
}

#[tokio::test]
async fn tracked_connections_are_found_both_ways_and_removed_in_chunks() {
    let (connection, router) = router(|mut peer| async move {
        let from = peer.expect("/ip/firewall/connection/print").await;
        assert!(from.has("?=src-address=10.8.0.5") && from.has("=.proplist=.id"), "{from:?}");
        for id in 0..70 {
            peer.say("!re", &from.tag, &[&format!("=.id=*{id:X}")]).await;
        }
        peer.done(&from.tag).await;
        let to = peer.expect("/ip/firewall/connection/print").await;
        assert_eq!(&to.words[2..], ["?=dst-address=10.8.0.5", "?=reply-dst-address=10.8.0.5", "?#|"]);
        peer.say("!re", &to.tag, &["=.id=*0"]).await;
        peer.done(&to.tag).await;
        for count in [50, 20] {
            let remove = peer.expect("/ip/firewall/connection/remove").await;
            assert_eq!(remove.words[1].split(',').count(), count);
            peer.done(&remove.tag).await;
        }
    });
    let ids = ip_firewall_connection::find(&connection, ip_firewall_connection::Ends::Apart, b"10.8.0.5")
        .await
        .expect("found");
    assert_eq!(ids.len(), 70, "one that is found both ways counts once");
    ip_firewall_connection::remove(&connection, &ids).await.expect("removed");
    router.await.expect("the story ends");
}

#[tokio::test]
async fn a_count_is_a_number() {
    let (connection, _router) = router(|mut peer| async move {
        for ret in ["=ret=12", "=ret=many"] {
            let count = peer.hear().await;
            peer.say("!done", &count.tag, &[ret]).await;
        }
    });
    assert_eq!(menus::count(&connection, "/ppp/secret").await.expect("told"), 12);
    assert!(menus::count(&connection, "/ppp/secret").await.is_err());
}
