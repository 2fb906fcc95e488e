//! A router that shows another certificate than the one that is trusted: the new one is looked at, compared with the old
//! one, and trusted only if somebody says so.

use leptos::prelude::*;

use super::input::only;
use super::model::fingerprint;
use crate::api::ops::{TestRouter, UpdateRouter, test_router, update_router};
use crate::api::types::{Router, TlsMode};
use crate::api::use_api;
use crate::parts::act::ActButton;
use crate::parts::confirm::{Ask, Reason, use_confirm};
use crate::parts::toast::use_toasts;
use crate::t;

/// A button for a pinned router that does not answer: looks at the certificate that it shows now. Nothing for those who
/// may not decide about it.
pub(super) fn trust_another(router: &Router) -> Option<AnyView> {
    let (api, confirm, toasts) = (use_api(), use_confirm(), use_toasts());
    if router.tls != TlsMode::Pinned || !api.role().administers() {
        return None;
    }
    let (id, name, old) = (router.id.clone(), router.name.clone(), router.pinned_sha256.clone());
    let look = move || {
        let (id, name, old) = (id.clone(), name.clone(), old.clone());
        async move {
            let variables = test_router::Variables { input: only!(test_router { name: Some(name.clone()) }) };
            let found = api.call::<TestRouter, _>(variables).await?;
            let Some(new) = found.certificate_sha256 else {
                toasts.note(t!("certificate-none"));
                return Ok(());
            };
            if old.as_deref() == Some(new.as_str()) {
                toasts.note(t!("certificate-same"));
                return Ok(());
            }
            let ask = Ask {
                title: t!("certificate-changed-title", name = &name),
                effects: vec![
                    t!("certificate-changed-about"),
                    t!("certificate-old", sha = fingerprint(&old.unwrap_or_default())),
                    t!("certificate-new", sha = fingerprint(&new)),
                ],
                verb: t!("action-trust-new"),
                danger: true,
                reason: Reason::No,
            };
            confirm.ask(ask, move |_| {
                let input = only!(update_router { pinned_sha256: Some(new.clone()) });
                let variables = update_router::Variables { id: id.clone(), input };
                async move { api.call::<UpdateRouter, _>(variables).await.map(|_| ()) }
            });
            Ok(())
        }
    };
    Some(view! { <ActButton label=t!("action-look-certificate") class="small" run=look /> }.into_any())
}
