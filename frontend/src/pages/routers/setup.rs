//! Provisioning and the doctor: what is there, what would be added or changed, and whether the box holds.

use leptos::prelude::*;

use crate::api::ops::{
    ApplyRouterSetup, PlanRouterSetup, RunDoctor, UndoRouterSetup, apply_router_setup, plan_router_setup,
    run_doctor, undo_router_setup,
};
use crate::api::types::{DoctorReport, Finding, SetupPlan, SetupStep};
use crate::api::use_api;
use crate::parts::act::Act;
use crate::parts::badge::badge;
use crate::parts::confirm::{Ask, Reason, use_confirm};
use crate::parts::countdown::when;
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
) -> AnyView {
    let api = use_api();
    let router = id.clone();
    let remote =
        use_remote(move || api.call::<PlanRouterSetup, _>(plan_router_setup::Variables { id: id.clone() }));
    remote.show(7, move |plan| {
        let changed = Callback::new(move |plan: SetupPlan| remote.data.set(Some(plan)));
        view! { <Plan id=router.clone() plan=plan changed=changed /> }.into_any()
    })
}

#[component]
fn Plan(id: String, plan: SetupPlan, changed: Callback<SetupPlan>) -> AnyView {
    let (api, confirm, toasts) = (use_api(), use_confirm(), use_toasts());
    let chosen = Selection::of(preselected(&plan.steps));
    let steps = plan.steps.iter().map(|step| step_view(&id, step, chosen, changed)).collect_view();
    let changes_rules = plan.steps.iter().any(|step| step.state == "DIFFERENT");
    let applied = id.clone();
    let act = Act::new();
    let apply = Callback::new(move |()| {
        let variables = apply_router_setup::Variables { id: applied.clone(), keys: Some(chosen.ids()) };
        act.run(async move { api.call::<ApplyRouterSetup, _>(variables).await }, move |plan| {
            match plan.steps.iter().filter(|step| step.state == "FAILED").count() {
                0 if plan.box_holds == Some(false) => toasts.note(t!("setup-box-open")),
                0 => toasts.done(t!("setup-applied")),
                count => toasts.note(t!("setup-not-all", count = count)),
            }
            changed.run(plan);
        });
    });
    let ask_apply = move |_| {
        if !changes_rules {
            apply.run(());
            return;
        }
        let ask = Ask {
            title: t!("setup-apply-title"),
            effects: vec![t!("setup-apply-effect")],
            verb: t!("action-apply"),
            danger: false,
            reason: Reason::No,
        };
        confirm.ask(ask, move |_| {
            apply.run(());
            async { Ok(()) }
        });
    };
    Effect::new(move |_| {
        if let Some(error) = act.error() {
            toasts.error(&error);
        }
    });
    let undoable = plan.undoable;
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
                changed.run(api.call::<UndoRouterSetup, _>(variables).await?);
                Ok(())
            }
        });
    };
    let buttons = api.role().administers().then(|| {
        view! {
            <div class="row">
                <button
                    type="button"
                    class="btn primary"
                    data-testid="apply-setup"
                    disabled=move || chosen.is_empty()
                    aria-busy=move || act.busy().to_string()
                    on:click=ask_apply
                >
                    {move || t!("setup-apply-count", count = chosen.len())}
                </button>
                <button
                    type="button"
                    class="btn"
                    data-testid="undo-setup"
                    disabled=move || undoable == 0 || act.busy()
                    on:click=ask_undo
                >
                    {t!("action-undo")}
                </button>
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
    let open = (plan.box_holds == Some(false)).then(|| {
        let lines = plan.openings.iter().map(|line| view! { <li>{line.clone()}</li> }).collect_view();
        let body = view! {
            <div class="body stack" data-testid="setup-openings">
                {banner("danger", "warn", t!("doctor-open"), t!("setup-box-open"), None)}
                <ul>{lines}</ul>
            </div>
        };
        card(t!("setup-proof"), ().into_any(), body.into_any())
    });
    let script = (!plan.script.is_empty()).then(|| {
        let script = view! { <div class="body stack">{script_view(&plan.script)}</div> };
        card(t!("setup-script"), ().into_any(), script.into_any())
    });
    view! {
        <div class="cols wide-narrow">
            {card(t!("setup-steps"), ().into_any(), view! { <div>{steps}</div> }.into_any())}
            <div class="stack">
                {open} {card(t!("action-apply"), ().into_any(), apply_card.into_any())} {left} {script}
            </div>
        </div>
    }
    .into_any()
}

/// What is ticked at first: everything that is to be done, but what is left to choice.
fn preselected(steps: &[SetupStep]) -> Vec<String> {
    let wanted = steps.iter().filter(|step| is_open(step) && !step.optional);
    wanted.map(|step| step.key.clone()).collect()
}

fn step_view(router: &str, step: &SetupStep, chosen: Selection, changed: Callback<SetupPlan>) -> AnyView {
    let tick = if is_open(step) {
        chosen.tick(step.key.clone(), step.title.clone())
    } else {
        view! { <input type="checkbox" checked disabled aria-label=step.title.clone() /> }.into_any()
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
fn undo_step(router: &str, step: &SetupStep, changed: Callback<SetupPlan>) -> AnyView {
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
                changed.run(api.call::<UndoRouterSetup, _>(variables).await?);
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

/// The doctor of a router: runs when asked, and on opening.
#[component]
pub fn Doctor(
    /// The router.
    id: String,
) -> AnyView {
    let api = use_api();
    let remote = use_remote(move || api.call::<RunDoctor, _>(run_doctor::Variables { id: id.clone() }));
    remote.show(6, move |report| {
        let again = move |_| remote.reload();
        view! {
            <div class="stack">
                {verdict(&report)}
                <div class="row">
                    <button
                        type="button"
                        class="btn"
                        aria-busy=move || remote.loading.get().to_string()
                        on:click=again
                    >
                        {icon("steth")}
                        {t!("action-run-doctor")}
                    </button>
                    <span class="small muted">{when(report.at)}</span>
                </div>
                {card(
                    t!("doctor-findings"),
                    ().into_any(),
                    view! { <div>{by_severity(report.findings).iter().map(finding).collect_view()}</div> }.into_any(),
                )}
            </div>
        }
        .into_any()
    })
}

fn verdict(report: &DoctorReport) -> AnyView {
    if report.box_holds {
        banner("ok", "s-ok", t!("doctor-holds"), t!("doctor-holds-about"), None)
    } else {
        banner("danger", "warn", t!("doctor-open"), t!("doctor-open-about"), None)
    }
}

/// The worst first.
fn by_severity(mut findings: Vec<Finding>) -> Vec<Finding> {
    let rank = |finding: &Finding| match finding.severity.as_str() {
        "DANGER" => 0,
        "WARNING" => 1,
        _ => 2,
    };
    findings.sort_by_key(rank);
    findings
}

fn finding(finding: &Finding) -> AnyView {
    let mark = match finding.severity.as_str() {
        "DANGER" => badge("danger", "s-offline", t!("finding-danger")),
        "WARNING" => badge("warn", "s-degraded", t!("finding-warning")),
        _ => badge("ok", "s-ok", t!("finding-ok")),
    };
    view! {
        <div class="step finding">
            <details open=finding.severity == "DANGER">
                <summary>
                    <span class="t">
                        <b>{finding.title.clone()}</b>
                        <span>{finding.detail.clone()}</span>
                    </span>
                    {mark}
                    <span class="chev">{icon("down")}</span>
                </summary>
                {finding.remedy.clone().map(|remedy| view! { <pre class="script">{remedy}</pre> })}
            </details>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(severity: &str) -> Finding {
        Finding {
            key: String::new(),
            severity: severity.into(),
            title: String::new(),
            detail: String::new(),
            remedy: None,
        }
    }

    #[test]
    fn what_is_optional_is_not_ticked_at_first() {
        let step = |key: &str, state: &str, optional| SetupStep {
            key: key.into(),
            title: String::new(),
            script: String::new(),
            state: state.into(),
            detail: None,
            optional,
            undoable: 0,
        };
        let steps = [
            step("forward", "MISSING", false),
            step("ban", "PRESENT", false),
            step("tls", "FAILED", false),
            step("hooks", "MISSING", true),
        ];
        assert_eq!(preselected(&steps), ["forward", "tls"]);
    }

    #[test]
    fn the_worst_finding_is_on_top() {
        let sorted = by_severity(vec![finding("OK"), finding("WARNING"), finding("DANGER")]);
        assert_eq!(
            sorted.iter().map(|f| f.severity.as_str()).collect::<Vec<_>>(),
            ["DANGER", "WARNING", "OK"]
        );
    }
}
