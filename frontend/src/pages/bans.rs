//! Bans: which addresses get no prompt, why, until when. Lifted by hand, or by themselves.

use leptos::prelude::*;

use crate::api::ops::{Bans, RemoveBan, bans, remove_ban};
use crate::api::types::Ban;
use crate::api::{News, use_api};
use crate::parts::confirm::{Ask, Reason, use_confirm};
use crate::parts::countdown::when;
use crate::parts::page::PageHead;
use crate::parts::remote::{Remote, use_remote};
use crate::parts::states::empty;
use crate::parts::table::{Column, TableHead};
use crate::t;

/// The page.
#[component]
pub fn BansPage() -> AnyView {
    let api = use_api();
    let remote = use_remote(move || api.call::<Bans, _>(bans::Variables));
    // A ban comes with a session, is on its router a moment later, and lapses or is lifted there.
    remote.follow(|news| matches!(news, News::Router(_) | News::Session(_)));
    let body = remote.show(4, move |rows| {
        if rows.is_empty() {
            return empty("ban", t!("bans-empty"), t!("bans-empty-about"), None);
        }
        let columns = vec![
            Column::new(t!("column-address")),
            Column::new(t!("fact-router")),
            Column::new(t!("column-reason")),
            Column::new(t!("column-until")),
            Column::actions(),
        ];
        view! {
            <table class="grid folds" role="table" data-testid="bans">
                <caption class="sr">{t!("nav-bans")}</caption>
                <TableHead columns=columns />
                <tbody role="rowgroup">{rows.into_iter().map(|ban| row(ban, remote)).collect_view()}</tbody>
            </table>
        }
        .into_any()
    });
    view! {
        <PageHead title=Signal::derive(|| t!("nav-bans")) live=true />
        <div class="card">{body}</div>
    }
    .into_any()
}

fn row(ban: Ban, remote: Remote<Vec<Ban>>) -> AnyView {
    let (api, confirm) = (use_api(), use_confirm());
    let (id, address) = (ban.id, ban.address.clone());
    let name = t!("lift-named", address = &address);
    let lift = move |_| {
        let id = id.clone();
        let ask = Ask {
            title: t!("lift-title", address = &address),
            effects: vec![t!("lift-effect")],
            verb: t!("action-lift"),
            danger: false,
            reason: Reason::No,
        };
        confirm.ask(ask, move |_| {
            let variables = remove_ban::Variables { id: id.clone() };
            async move {
                api.call::<RemoveBan, _>(variables).await?;
                remote.reload();
                Ok(())
            }
        });
    };
    let button = api.role().operates().then(|| {
        view! {
            <button type="button" class="btn quiet small" aria-label=name on:click=lift>{t!("action-lift-ask")}</button>
        }
    });
    view! {
        <tr role="row">
            <td role="cell">
                <span class="mono">{ban.address}</span>
                <span class="under">{when(ban.created_at)}</span>
            </td>
            <td role="cell"><a href=format!("/routers/{}", ban.router.id)>{ban.router.name}</a></td>
            <td role="cell">{ban.reason}</td>
            <td role="cell">{ban.until.map_or_else(|| t!("until-lifted").into_any(), when)}</td>
            <td role="cell" class="act">{button}</td>
        </tr>
    }
    .into_any()
}
