//! The doctor: whether the box of a router holds, what was looked at, and what would put right what does not.

use leptos::prelude::*;

use crate::api::ops::{RunDoctor, run_doctor};
use crate::api::types::{DoctorReport, Finding};
use crate::api::use_api;
use crate::parts::badge::badge;
use crate::parts::countdown::when;
use crate::parts::icon::icon;
use crate::parts::page::card;
use crate::parts::remote::use_remote;
use crate::parts::states::banner;
use crate::t;

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
    fn the_worst_finding_is_on_top() {
        let sorted = by_severity(vec![finding("OK"), finding("WARNING"), finding("DANGER")]);
        assert_eq!(
            sorted.iter().map(|f| f.severity.as_str()).collect::<Vec<_>>(),
            ["DANGER", "WARNING", "OK"]
        );
    }
}
