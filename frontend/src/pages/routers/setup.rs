//! Provisioning: what is there, what would be added or changed, and what became of it. On a router that is only observed
//! the plan is shown as well; from there it can be enforced and set up in one go.

use leptos::prelude::*;

use super::applying::{Proof, Told, carry_out, told};
use crate::api::ops::{PlanRouterSetup, UndoRouterSetup, plan_router_setup, undo_router_setup};
use crate::api::types::{RouterMode, SetupPlan, SetupStep};
use crate::api::use_api;
use crate::parts::act::Act;
use crate::parts::badge::badge;
use crate::parts::confirm::{Ask, Reason, use_confirm};
use crate::parts::icon::icon;
use crate::parts::page::card;
use crate::parts::remote::use_remote;
use crate::parts::select::Selection;
use crate::parts::states::banner;
use crate::parts::toast::use_toasts;
use crate::t;

/// Whether a step is still to be done.
fn is_open(step: &SetupStep) -> bool {
    matches!(step.state.as_str(), "MISSING" | "DIFFERENT" | "FAILED")
}

fn step_badge(state: &str) -> AnyView {
    match state {
        "PRESENT" => badge("ok", "s-ok", t!("step-present")),
        "MISSING" => badge("info", "s-miss", t!("step-missing")),
        "DIFFERENT" => badge("warn", "s-diff", t!("step-different")),
        "APPLIED" => badge("ok", "check", t!("step-applied")),
        _ => badge("danger", "s-offline", t!("step-failed")),
    }
}

/// The setup of a router.
#[component]
pub fn Setup(
    /// The router.
    id: String,
    /// Whether anything is written to it.
    mode: Signal<Option<RouterMode>>,
) -> AnyView {
    let api = use_api();
    let observed = Memo::new(move |_| mode.get() == Some(RouterMode::Observe));
    let router = id.clone();
    let remote =
        use_remote(move || api.call::<PlanRouterSetup, _>(plan_router_setup::Variables { id: id.clone() }));
    let plan = remote.show(7, move |plan| {
        let changed = Callback::new(move |plan| match plan {
            Some(plan) => remote.data.set(Some(plan)),
            None => remote.reload(),
        });
        view! { <Plan id=router.clone() plan=plan observed=observed changed=changed /> }.into_any()
    });
    view! {
        <div class="stack">
            {move || {
                observed
                    .get()
                    .then(|| banner("info", "s-off", t!("setup-observed"), t!("setup-observed-about"), None))
            }}
            {plan}
        </div>
    }
    .into_any()
}

/// Takes the plan as it is after something was done; none: it is to be read again.
type Changed = Callback<Option<SetupPlan>>;

#[component]
fn Plan(id: String, plan: SetupPlan, observed: Memo<bool>, changed: Changed) -> AnyView {
    let chosen = Selection::of(preselected(&plan.steps));
    let steps = plan.steps.iter().map(|step| step_view(&id, step, chosen, changed)).collect_view();
    let buttons = use_api().role().administers().then(|| {
        view! {
            <div class="row">
                {apply_button(&id, &plan, chosen, observed, changed)}
                {undo_button(&id, plan.undoable, observed, changed)}
            </div>
        }
    });
    let apply_card = view! {
        <div class="body stack">
            <p class="soft">{if plan.clean { t!("setup-clean") } else { t!("setup-about-router") }}</p>
            {buttons}
        </div>
        <footer>{icon("undo")}<span>{t!("setup-undo-about")}</span></footer>
    };
    let left = (!plan.left.is_empty()).then(|| {
        let lines = plan.left.iter().map(|line| view! { <li>{line.clone()}</li> }).collect_view();
        card(t!("setup-left-alone"), ().into_any(), view! { <ul class="body">{lines}</ul> }.into_any())
    });
    let script = (!plan.script.is_empty()).then(|| {
        let script = view! { <div class="body stack">{script_view(&plan.script)}</div> };
        card(t!("setup-script"), ().into_any(), script.into_any())
    });
    view! {
        <div class="cols wide-narrow">
            {card(t!("setup-steps"), ().into_any(), view! { <div>{steps}</div> }.into_any())}
            <div class="stack">
                {proof(&id, &plan)} {card(t!("action-apply"), ().into_any(), apply_card.into_any())} {left} {script}
            </div>
        </div>
    }
    .into_any()
}

/// Whether the box holds now, where that was looked at.
fn proof(id: &str, plan: &SetupPlan) -> Option<AnyView> {
    let doctor = || {
        let href = format!("/routers/{id}?tab=doctor");
        Some(view! { <a class="btn small" href=href>{icon("steth")}{t!("tab-doctor")}</a> }.into_any())
    };
    let body = match Proof::of(plan) {
        Proof::Nothing => return None,
        Proof::Holds => banner("ok", "s-ok", t!("doctor-holds"), t!("doctor-holds-about"), None),
        Proof::Unproven => banner("warn", "warn", t!("setup-unproven"), t!("setup-unproven-about"), doctor()),
        Proof::Open => {
            let lines = plan.openings.iter().map(|line| view! { <li>{line.clone()}</li> }).collect_view();
            view! {
                {banner("danger", "warn", t!("doctor-open"), t!("setup-box-open"), doctor())}
                <ul class="bul">{lines}</ul>
            }
            .into_any()
        }
    };
    let body = view! { <div class="body stack" data-testid="setup-proof">{body}</div> };
    Some(card(t!("setup-proof"), ().into_any(), body.into_any()))
}

/// Carries out what is ticked; on a router that is only observed, after it is set to be enforced.
fn apply_button(
    id: &str,
    plan: &SetupPlan,
    chosen: Selection,
    observed: Memo<bool>,
    changed: Changed,
) -> AnyView {
    let (api, confirm, toasts, act) = (use_api(), use_confirm(), use_toasts(), Act::new());
    let id = id.to_owned();
    let apply = Callback::new(move |()| {
        let done = carry_out(api, id.clone(), chosen.ids(), observed.get_untracked());
        act.run(done, move |carried| {
            match told(&carried) {
                Told::Done(words) => toasts.done(words),
                Told::Note(words) => toasts.note(words),
                Told::Failed(words) => toasts.failed(words),
            }
            changed.run(carried.plan.ok());
        });
    });
    let changes_rules = plan.steps.iter().any(|step| step.state == "DIFFERENT");
    let press = move |_| {
        let observed = observed.get_untracked();
        if !observed && !changes_rules {
            apply.run(());
            return;
        }
        confirm.ask(application(observed, changes_rules), move |_| {
            apply.run(());
            async { Ok(()) }
        });
    };
    Effect::new(move |_| {
        if let Some(error) = act.error() {
            toasts.error(&error);
        }
    });
    let words = move || match (observed.get(), chosen.len()) {
        (true, 0) => t!("setup-enforce"),
        (true, count) => t!("setup-enforce-apply", count = count),
        (false, count) => t!("setup-apply-count", count = count),
    };
    // Where everything is in place there is nothing to press.
    let something = plan.steps.iter().any(is_open);
    view! {
        <button
            type="button"
            class="btn primary"
            data-testid="apply-setup"
            hidden=move || !something && !observed.get()
            disabled=move || chosen.is_empty() && !observed.get()
            aria-busy=move || act.busy().to_string()
            on:click=press
        >
            {words}
        </button>
    }
    .into_any()
}

/// What is asked before: it is enforced from now on, rules that are there are changed.
fn application(observed: bool, changes_rules: bool) -> Ask {
    let enforcing = [
        t!("setup-enforce-effect-cut"),
        t!("setup-enforce-effect-nobodys"),
        t!("setup-enforce-effect-list"),
        t!("setup-enforce-effect-undo"),
    ];
    let changing = changes_rules.then(|| t!("setup-apply-effect"));
    Ask {
        title: if observed { t!("setup-enforce-title") } else { t!("setup-apply-title") },
        effects: enforcing.into_iter().filter(|_| observed).chain(changing).collect(),
        verb: if observed { t!("setup-enforce-verb") } else { t!("action-apply") },
        danger: false,
        reason: Reason::No,
    }
}

fn undo_button(id: &str, undoable: i64, observed: Memo<bool>, changed: Changed) -> AnyView {
    let (api, confirm) = (use_api(), use_confirm());
    let id = id.to_owned();
    let ask_undo = move |_| {
        let ask = Ask {
            title: t!("setup-undo-title"),
            effects: vec![t!("setup-undo-effect", count = undoable), t!("setup-undo-effect-open")],
            verb: t!("action-undo"),
            danger: true,
            reason: Reason::No,
        };
        let id = id.clone();
        confirm.ask(ask, move |_| {
            let variables = undo_router_setup::Variables { id: id.clone(), keys: None };
            async move {
                changed.run(Some(api.call::<UndoRouterSetup, _>(variables).await?));
                Ok(())
            }
        });
    };
    view! {
        <button
            type="button"
            class="btn"
            data-testid="undo-setup"
            disabled=move || undoable == 0 || observed.get()
            on:click=ask_undo
        >
            {t!("action-undo")}
        </button>
    }
    .into_any()
}

/// What is ticked at first: everything that is to be done, but what is left to choice.
fn preselected(steps: &[SetupStep]) -> Vec<String> {
    let wanted = steps.iter().filter(|step| is_open(step) && !step.optional);
    wanted.map(|step| step.key.clone()).collect()
}

fn step_view(router: &str, step: &SetupStep, chosen: Selection, changed: Changed) -> AnyView {
    let tick = if is_open(step) {
        chosen.tick(step.key.clone(), step.title.clone())
    } else {
        view! { <input type="checkbox" prop:checked=true disabled aria-label=step.title.clone() /> }
            .into_any()
    };
    let optional = step.optional.then(|| view! { <span class="tag">{t!("step-optional")}</span> });
    let script = (!step.script.is_empty()).then(|| script_view(&step.script));
    let undo = (step.optional && step.undoable > 0).then(|| undo_step(router, step, changed));
    view! {
        <div class="step">
            {tick}
            <details>
                <summary>
                    <span class="t">
                        <b>{step.title.clone()}</b>
                        <span>{step.detail.clone()}</span>
                    </span>
                    {optional}
                    {step_badge(&step.state)}
                    <span class="chev">{icon("down")}</span>
                </summary>
                {script}
                {undo}
            </details>
        </div>
    }
    .into_any()
}

/// Takes back one step that somebody chose, and leaves the others.
fn undo_step(router: &str, step: &SetupStep, changed: Changed) -> AnyView {
    let (api, confirm) = (use_api(), use_confirm());
    if !api.role().administers() {
        return ().into_any();
    }
    let (id, key, count) = (router.to_owned(), step.key.clone(), step.undoable);
    let label = format!("{}: {}", t!("setup-undo-step"), step.title);
    let ask_undo = move |_| {
        let ask = Ask {
            title: t!("setup-undo-step-title"),
            effects: vec![t!("setup-undo-effect", count = count)],
            verb: t!("setup-undo-step"),
            danger: true,
            reason: Reason::No,
        };
        let (id, key) = (id.clone(), key.clone());
        confirm.ask(ask, move |_| {
            let variables = undo_router_setup::Variables { id: id.clone(), keys: Some(vec![key.clone()]) };
            async move {
                changed.run(Some(api.call::<UndoRouterSetup, _>(variables).await?));
                Ok(())
            }
        });
    };
    view! {
        <div class="row">
            <button type="button" class="btn small" aria-label=label on:click=ask_undo>
                {icon("undo")}
                {t!("setup-undo-step")}
            </button>
        </div>
    }
    .into_any()
}

/// A script with a button that copies it.
fn script_view(script: &str) -> AnyView {
    let toasts = use_toasts();
    let copied = script.to_owned();
    let copy = move |_| {
        drop(window().navigator().clipboard().write_text(&copied));
        toasts.done(t!("copied"));
    };
    view! {
        <pre class="script">{script.to_owned()}</pre>
        <div class="row">
            <button type="button" class="btn small" on:click=copy>
                {icon("copy")}
                {t!("setup-copy-script")}
            </button>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(key: &str, state: &str, optional: bool) -> SetupStep {
        SetupStep { optional, ..SetupStep::sample(key, state) }
    }

    #[test]
    fn what_is_optional_is_not_ticked_at_first() {
        let steps = [
            step("forward", "MISSING", false),
            step("ban", "PRESENT", false),
            step("tls", "FAILED", false),
            step("hooks", "MISSING", true),
        ];
        assert_eq!(preselected(&steps), ["forward", "tls"]);
    }
}
