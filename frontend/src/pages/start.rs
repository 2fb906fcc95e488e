//! First start: five steps from an empty installation to the first person who dials in. Nothing is kept about how far
//! somebody got: each step looks at the world, so it can be left and taken up again anywhere.

use leptos::prelude::*;

use crate::api::ops::{
    PlanRouterSetup, Policies, Settings as SettingsQuery, TestTelegramToken, UpdatePolicy, UpdateSettings,
    UserCounts, plan_router_setup, policies, settings, test_telegram_token, update_policy, update_settings,
    user_counts,
};
use crate::api::types::{BotTest, Policy, Router, RouterMode, Settings, UserCounts as Counts};
use crate::api::{News, use_api, use_live};
use crate::pages::routers::list::use_routers;
use crate::pages::settings::token_outcome;
use crate::parts::act::{Act, ActButton};
use crate::parts::badge::badge;
use crate::parts::confirm::error_line;
use crate::parts::field::TextField;
use crate::parts::icon::icon;
use crate::parts::page::{Copyable, PageHead};
use crate::parts::remote::{Remote, use_remote};
use crate::parts::states::banner;
use crate::t;
use crate::time;

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stand {
    /// Nothing is left to do.
    Done,
    /// It is the one to do now.
    Now,
    /// It can be done, but another one comes first.
    Later,
}

/// The stands of all steps by which of them are done: the first open one is the one to do now.
fn stands<const N: usize>(done: [bool; N]) -> [Stand; N] {
    let first = done.iter().position(|done| !done);
    let mut stands = done.map(|done| if done { Stand::Done } else { Stand::Later });
    if let Some(first) = first {
        stands[first] = Stand::Now;
    }
    stands
}

/// The page.
#[component]
pub fn StartPage() -> AnyView {
    let api = use_api();
    let settings = use_remote(move || api.call::<SettingsQuery, _>(settings::Variables));
    let counts = use_remote(move || api.call::<UserCounts, _>(user_counts::Variables));
    let routers = use_routers();
    let is_set_up = set_up(routers);
    use_live().on(move |news| {
        if matches!(news, News::User(_)) {
            counts.reload();
        }
    });
    let people = move || {
        let sum = |counts: &Counts| counts.users_by_status.iter().map(|count| count.count).sum::<i64>();
        counts.data.with(|counts| counts.as_ref().map_or(0, sum))
    };
    let stands = Memo::new(move |_| {
        let token = settings.data.with(|settings| settings.as_ref().is_some_and(|s| s.telegram_token_set));
        let router = routers.data.with(|routers| routers.as_ref().is_some_and(|all| !all.is_empty()));
        stands([true, token, router, is_set_up.get(), people() > 0])
    });
    let bot = move || settings.data.get().and_then(|settings| settings.bot_username);
    let first = move || routers.data.with(|all| all.as_ref().and_then(|all| all.first().cloned()));
    view! {
        <PageHead title=Signal::derive(|| t!("start-title")) />
        <p class="soft lead">{t!("start-about")}</p>
        <ZoneOffer />
        <ol class="first-steps">
            {step(stands, 0, t!("start-owner"), t!("start-owner-about"), || ().into_any())}
            {step(stands, 1, t!("start-bot"), t!("start-bot-about"), move || bot_step(settings))}
            {step(stands, 2, t!("start-router"), t!("start-router-about"), router_step)}
            {step(stands, 3, t!("start-box"), t!("start-box-about"), move || box_step(first()))}
            {step(stands, 4, t!("start-person"), t!("start-person-about"), move || person_step(bot()))}
        </ol>
        {move || {
            stands.with(|all| all.iter().all(|stand| *stand == Stand::Done)).then(|| {
                let home = view! { <a class="btn primary" href="/">{t!("nav-dashboard")}</a> }.into_any();
                banner("ok", "s-ok", t!("start-done"), t!("start-done-about"), Some(home))
            })
        }}
    }
    .into_any()
}

/// Offers the viewer's time zone for the default policy as long as that tells times in UTC, which few people live by;
/// to those who may change it.
#[component]
fn ZoneOffer() -> AnyView {
    let api = use_api();
    if !api.role().administers() {
        return ().into_any();
    }
    let known = use_remote(move || api.call::<Policies, _>(policies::Variables));
    let zone = time::zone();
    (move || {
        let wanted = zone.clone();
        let policy = known.data.with(|all| all.as_ref().and_then(|all| in_utc(all, &wanted).cloned()))?;
        let (about, verb) = (t!("start-zone-about"), t!("start-zone-take", zone = &wanted));
        let take = move || {
            let input = zone_only(wanted.clone());
            let variables = update_policy::Variables { id: policy.id.clone(), input };
            async move {
                api.call::<UpdatePolicy, _>(variables).await?;
                known.reload();
                Ok(())
            }
        };
        let take = view! { <ActButton label=verb class="small primary" run=take /> }.into_any();
        Some(banner("info", "clock", t!("start-zone"), about, Some(take)))
    })
    .into_any()
}

/// The default policy, if it tells times in UTC and the viewer's zone is another one.
fn in_utc<'a>(policies: &'a [Policy], zone: &str) -> Option<&'a Policy> {
    let is_utc = |zone: &str| matches!(zone, "UTC" | "Etc/UTC" | "Etc/GMT" | "GMT" | "");
    policies.iter().find(|policy| policy.is_default && is_utc(&policy.time_zone) && !is_utc(zone))
}

/// A change of a policy's time zone, and of nothing else.
fn zone_only(zone: String) -> update_policy::PolicyInput {
    update_policy::PolicyInput {
        name: None,
        is_default: None,
        access_mode: None,
        needs_approval: None,
        confirmation: None,
        confirm_seconds: None,
        session_seconds: None,
        connect_window_seconds: None,
        remind_before_seconds: None,
        max_extensions: None,
        extension_seconds: None,
        cut_at_end: None,
        disable_account_at_end: None,
        disable_account_on_deny: None,
        max_tunnels: None,
        max_unconfirmed: None,
        unconfirmed_window_seconds: None,
        ban_seconds: None,
        prompt_limit: None,
        prompt_window_seconds: None,
        trusted_reconnect_seconds: None,
        outage: None,
        allowed_networks: None,
        allowed_countries: None,
        working_hours: None,
        time_zone: Some(zone),
    }
}

fn step(
    stands: Memo<[Stand; 5]>,
    at: usize,
    title: String,
    about: String,
    body: impl Fn() -> AnyView + Send + 'static,
) -> AnyView {
    let stand = Memo::new(move |_| stands.with(|all| all[at]));
    let class = move || match stand.get() {
        Stand::Done => "card done",
        Stand::Now => "card now",
        Stand::Later => "card",
    };
    let mark = move || match stand.get() {
        Stand::Done => badge("ok", "s-ok", t!("start-step-done")),
        Stand::Now => badge("info", "right", t!("start-step-now")),
        Stand::Later => ().into_any(),
    };
    view! {
        <li class=class aria-current=move || (stand.get() == Stand::Now).then_some("step")>
            <header>
                <h2>{at + 1}". "{title}</h2>
                <span class="aside">{mark}</span>
            </header>
            <div class="body stack tight">
                <p class="soft">{about}</p>
                {move || (stand.get() != Stand::Done).then(&body)}
            </div>
        </li>
    }
    .into_any()
}

/// The token is tested first and kept only if Telegram knows it.
fn bot_step(settings: Remote<Settings>) -> AnyView {
    let api = use_api();
    let act = Act::new();
    let token = RwSignal::new(String::new());
    let refused = RwSignal::new(None);
    let keep = move |token: String| async move {
        let test = test_telegram_token::Variables { token: Some(token.clone()) };
        let outcome = api.call::<TestTelegramToken, _>(test).await?;
        if !outcome.ok {
            return Ok(Err(outcome));
        }
        let input = update_settings::SettingsInput {
            max_accounts_per_user: None,
            allow_account_management: None,
            telegram_token: Some(token),
            language: None,
            public_url: None,
            outage_after_seconds: None,
            telegram_networks: None,
            telegram_updates: None,
        };
        api.call::<UpdateSettings, _>(update_settings::Variables { input }).await.map(Ok::<_, BotTest>)
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        refused.set(None);
        let token = token.get_untracked().trim().to_owned();
        if !token.is_empty() {
            act.run(keep(token), move |kept| match kept {
                Ok(kept) => settings.data.set(Some(kept)),
                Err(outcome) => refused.set(Some(outcome)),
            });
        }
    };
    let error = Signal::derive(move || {
        act.error().filter(|error| error.field() == Some("telegramToken")).map(|error| error.text())
    });
    view! {
        <form class="stack tight" novalidate on:submit=submit>
            <TextField label=t!("field-token") value=token name="telegramToken" kind="secret" mono=true
                hint=t!("hint-token") error=error />
            <div class="row">
                <button class="btn primary" data-testid="start-bot" aria-busy=move || act.busy().to_string()>
                    {t!("start-bot-save")}
                </button>
                {move || refused.get().map(|outcome| token_outcome(&outcome))}
            </div>
            {move || act.error().filter(|e| e.field().is_none()).map(|error| error_line(&error))}
        </form>
    }
    .into_any()
}

fn router_step() -> AnyView {
    view! {
        <div class="row">
            <a class="btn primary" href="/routers/new">{icon("plus")}{t!("action-add-router")}</a>
        </div>
    }
    .into_any()
}

fn box_step(router: Option<Router>) -> AnyView {
    let Some(router) = router else {
        return view! { <p class="muted small">{t!("start-router-first")}</p> }.into_any();
    };
    let address = format!("/routers/{}?tab=setup", router.id);
    view! {
        <div class="row"><a class="btn primary" href=address>{t!("start-box-open", name = router.name)}</a></div>
    }
    .into_any()
}

fn person_step(bot: Option<String>) -> AnyView {
    view! {
        {bot.map(|bot| view! { <Copyable text=format!("https://t.me/{bot}") /> })}
        <div class="row">
            <a class="btn" href="/users?new=1">{icon("plus")}{t!("action-new-user")}</a>
        </div>
    }
    .into_any()
}

/// Whether the first router is enforced and nothing is left to set up on it; it is asked once it is there.
fn set_up(routers: Remote<Vec<Router>>) -> Memo<bool> {
    let api = use_api();
    let first = Memo::new(move |_| {
        routers.data.with(|all| all.as_ref().and_then(|all| all.first().map(|router| router.id.clone())))
    });
    let plan = use_remote(move || {
        let id = first.get();
        async move {
            match id {
                Some(id) => {
                    api.call::<PlanRouterSetup, _>(plan_router_setup::Variables { id }).await.map(Some)
                }
                None => Ok(None),
            }
        }
    });
    let enforced = move || {
        let is_enforced =
            |all: &Vec<Router>| all.first().is_some_and(|router| router.mode == RouterMode::Enforce);
        routers.data.with(|all| all.as_ref().is_some_and(is_enforced))
    };
    Memo::new(move |_| {
        let clean =
            plan.data.with(|plan| plan.as_ref().is_some_and(|plan| plan.as_ref().is_some_and(|p| p.clean)));
        clean && enforced()
    })
}

/// On the dashboard, as long as the bot or a router is missing: what to do next. For those who may.
#[must_use]
pub fn unfinished() -> AnyView {
    let api = use_api();
    if !api.role().administers() {
        return ().into_any();
    }
    let settings = use_remote(move || api.call::<SettingsQuery, _>(settings::Variables));
    let routers = use_routers();
    let missing = Memo::new(move |_| {
        let token = settings.data.with(|settings| settings.as_ref().is_none_or(|s| s.telegram_token_set));
        let router = routers.data.with(|routers| routers.as_ref().is_none_or(|all| !all.is_empty()));
        !(token && router)
    });
    (move || {
        missing.get().then(|| {
            let go = view! { <a class="btn small primary" href="/start">{t!("start-go-on")}</a> }.into_any();
            banner("info", "key", t!("start-unfinished"), t!("start-unfinished-about"), Some(go))
        })
    })
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::{Stand::*, in_utc, stands};
    use crate::api::types::Policy;
    use crate::pages::policies::model::fresh;

    #[test]
    fn a_zone_is_offered_where_times_are_told_in_utc_and_somebody_lives_elsewhere() {
        let policies = [fresh(), Policy { is_default: true, ..fresh() }];
        assert_eq!(in_utc(&policies, "Europe/Moscow"), Some(&policies[1]));
        assert_eq!(in_utc(&policies, "UTC"), None);
        let moscow = Policy { time_zone: "Europe/Moscow".into(), ..policies[1].clone() };
        assert_eq!(in_utc(&[moscow], "Asia/Omsk"), None);
    }

    #[test]
    fn the_first_open_step_is_the_one_to_do_now() {
        assert_eq!(stands([true, false, true, false]), [Done, Now, Done, Later]);
        assert_eq!(stands([true, true]), [Done, Done]);
    }
}
