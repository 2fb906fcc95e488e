//! Policies: made and changed by managers, checked here field by field.

use super::{OpError, OpResult, accounts, authority::Manager, unit::Unit};
use crate::{
    app::App,
    bus::Change,
    store::{Tx, records::PolicyRecord},
};
use ipnet::IpNet;
use sallyport_shared::{
    ids::PolicyId,
    policy::{AccessMode, Confirmation, OutageMode, Policy, WorkingHours},
    text::Title,
    time::Seconds,
};
use std::net::IpAddr;

/// The longest span in a policy: a year, as the session rules take it.
const LONGEST: i64 = 366 * 86_400;

/// What is set or changed of a policy; none leaves it as it is.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the fields are those of Policy")]
pub struct PolicyChange {
    pub name: Option<String>,
    pub is_default: Option<bool>,
    pub access_mode: Option<AccessMode>,
    pub needs_approval: Option<bool>,
    pub confirmation: Option<Confirmation>,
    pub confirm_seconds: Option<i64>,
    pub session_seconds: Option<i64>,
    pub connect_window_seconds: Option<i64>,
    pub remind_before_seconds: Option<i64>,
    pub max_extensions: Option<i64>,
    pub extension_seconds: Option<i64>,
    pub cut_at_end: Option<bool>,
    pub disable_account_at_end: Option<bool>,
    pub disable_account_on_deny: Option<bool>,
    pub max_tunnels: Option<i64>,
    pub max_unconfirmed: Option<i64>,
    pub unconfirmed_window_seconds: Option<i64>,
    pub ban_seconds: Option<i64>,
    pub prompt_limit: Option<i64>,
    pub prompt_window_seconds: Option<i64>,
    pub trusted_reconnect_seconds: Option<i64>,
    pub outage: Option<OutageMode>,
    pub allowed_networks: Option<Vec<String>>,
    pub allowed_countries: Option<Vec<String>>,
    pub working_hours: Option<Vec<Hours>>,
    pub time_zone: Option<String>,
}

/// A span of a weekday as it is written: `09:00`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hours {
    /// 1 = Monday … 7 = Sunday.
    pub weekday: i64,
    /// First minute.
    pub from: String,
    /// The minute after the last; `24:00` is midnight.
    pub to: String,
}

/// The policy in force for a person, or for somebody whom nobody knows; none: there is no default one.
///
/// # Errors
/// When the database fails.
pub(crate) async fn of_person(tx: &mut Tx, own: Option<PolicyId>) -> OpResult<Option<Policy>> {
    let own = match own {
        Some(id) => tx.policy(id).await?,
        None => None,
    };
    let record = match own {
        Some(record) => Some(record),
        None => tx.default_policy().await?,
    };
    Ok(record.map(|record| record.policy))
}

/// Makes a policy; what is not said is as in the policy of a new installation.
///
/// # Errors
/// [`OpError::Invalid`] names the field.
pub async fn create(app: &App, by: &Manager, change: PolicyChange) -> OpResult<PolicyRecord> {
    if change.name.is_none() {
        return Err(OpError::invalid("name", "A policy needs a name"));
    }
    let mut policy = Policy::initial(PolicyId(app.clock.new_id()));
    policy.is_default = false;
    write_into(&mut policy, change)?;
    let mut unit = Unit::begin(app, by.who()).await?;
    unique_name(&mut unit, &policy).await?;
    unit.tx.insert_policy(&policy).await?;
    // It may be the default one from now on, and so in force for people who are inside.
    unit.tx.review_sessions(policy.id, unit.now).await?;
    if policy.is_default {
        align_accounts(&mut unit, &Policy { is_default: false, ..policy.clone() }, &policy).await?;
    }
    unit.audit("policy.create", &subject(policy.id), Some(&describe(&policy)?)).await?;
    in_force(app, unit).await?;
    reread(app, policy.id).await
}

/// Changes a policy. Live sessions are looked at again under the new rules: what is stricter now may end them
/// earlier or cut their tunnels, what is laxer lengthens nothing.
///
/// # Errors
/// [`OpError::Invalid`] names the field; [`OpError::Conflict`] if no default one would be left.
pub async fn update(app: &App, by: &Manager, id: PolicyId, change: PolicyChange) -> OpResult<PolicyRecord> {
    let mut unit = Unit::begin(app, by.who()).await?;
    let before = unit.tx.policy(id).await?.ok_or(OpError::NotFound("policy"))?;
    let mut policy = before.policy.clone();
    write_into(&mut policy, change)?;
    if before.policy.is_default && !policy.is_default {
        let text = "Make another policy the default one; then this one stops being it";
        return Err(OpError::Conflict(text.to_owned()));
    }
    if policy == before.policy {
        return Ok(before);
    }
    unique_name(&mut unit, &policy).await?;
    unit.tx.save_policy(&policy, before.version).await?;
    unit.tx.review_sessions(id, unit.now).await?;
    align_accounts(&mut unit, &before.policy, &policy).await?;
    unit.audit("policy.update", &subject(id), Some(&changes(&before.policy, &policy)?)).await?;
    in_force(app, unit).await?;
    reread(app, id).await
}

/// Whether accounts are on while nobody is connected follows from the policy: they are switched because of it, and what
/// is found on the routers is not taken for somebody's own doing.
async fn align_accounts(unit: &mut Unit<'_>, before: &Policy, after: &Policy) -> OpResult<()> {
    let rests = |policy: &Policy| (policy.access_mode, policy.disable_account_at_end);
    if rests(before) == rests(after) && before.is_default == after.is_default {
        return Ok(());
    }
    for account in unit.tx.accounts_under_policy(after.id).await? {
        accounts::align(unit, account).await?;
    }
    Ok(())
}

/// Commits, and has sessions and routers looked at soon: whether accounts are to be enabled may follow from a policy.
async fn in_force(app: &App, mut unit: Unit<'_>) -> OpResult<()> {
    let routers = unit.tx.routers().await?;
    unit.tell(Change::Policies);
    unit.commit().await?;
    for router in routers {
        app.bus.look(router.id).notify_one();
    }
    app.bus.timers.notify_one();
    Ok(())
}

/// Deletes a policy that is not the default one and that nobody has.
///
/// # Errors
/// [`OpError::Conflict`] otherwise.
pub async fn delete(app: &App, by: &Manager, id: PolicyId) -> OpResult<()> {
    let mut unit = Unit::begin(app, by.who()).await?;
    let record = unit.tx.policy(id).await?.ok_or(OpError::NotFound("policy"))?;
    if record.policy.is_default {
        return Err(OpError::Conflict(
            "The default policy stays; make another one the default first".to_owned(),
        ));
    }
    let used = unit.tx.policy_use().await?.get(&id).copied().unwrap_or_default();
    if used.users > 0 {
        let text = format!("{} people have this policy; give them another one first", used.users);
        return Err(OpError::Conflict(text));
    }
    unit.tx.delete_policy(id).await?;
    unit.audit("policy.delete", &subject(id), Some(&record.policy.name)).await?;
    unit.tell(Change::Policies);
    unit.commit().await
}

/// Does any policy take one-time codes?
///
/// # Errors
/// When the database fails.
pub(crate) async fn take_codes(app: &App) -> OpResult<bool> {
    let all = app.store.read().await?.policies().await?;
    Ok(all.iter().any(|record| record.policy.takes_codes()))
}

fn subject(id: PolicyId) -> String {
    format!("policy:{id}")
}

async fn reread(app: &App, id: PolicyId) -> OpResult<PolicyRecord> {
    app.store.read().await?.policy(id).await?.ok_or(OpError::NotFound("policy"))
}

async fn unique_name(unit: &mut Unit<'_>, policy: &Policy) -> OpResult<()> {
    let name = policy.name.to_lowercase();
    let taken = unit
        .tx
        .policies()
        .await?
        .iter()
        .any(|other| other.policy.id != policy.id && other.policy.name.to_lowercase() == name);
    if taken { Err(OpError::invalid("name", "There is a policy of this name")) } else { Ok(()) }
}

/// Puts what is given into the policy, checked.
pub(super) fn write_into(policy: &mut Policy, change: PolicyChange) -> OpResult<()> {
    if let Some(name) = &change.name {
        policy.name = Title::parse(name)
            .map_err(|error| OpError::invalid("name", format!("The name {error}")))?
            .to_string();
    }
    set(&mut policy.is_default, change.is_default);
    set(&mut policy.access_mode, change.access_mode);
    set(&mut policy.needs_approval, change.needs_approval);
    set(&mut policy.confirmation, change.confirmation);
    set(&mut policy.cut_at_end, change.cut_at_end);
    set(&mut policy.disable_account_at_end, change.disable_account_at_end);
    set(&mut policy.disable_account_on_deny, change.disable_account_on_deny);
    set(&mut policy.outage, change.outage);
    write_spans(policy, &change)?;
    write_counts(policy, &change)?;
    if let Some(networks) = change.allowed_networks {
        policy.allowed_networks = networks.iter().map(|text| network(text)).collect::<OpResult<_>>()?;
    }
    if let Some(countries) = change.allowed_countries {
        policy.allowed_countries = countries.iter().map(|text| country(text)).collect::<OpResult<_>>()?;
    }
    if let Some(hours) = change.working_hours {
        policy.working_hours = hours.iter().map(working_hours).collect::<OpResult<_>>()?;
    }
    if let Some(zone) = change.time_zone {
        if jiff::tz::TimeZone::get(&zone).is_err() {
            return Err(OpError::invalid("timeZone", "This is no time zone, such as Europe/Berlin"));
        }
        policy.time_zone = zone;
    }
    if policy.access_mode == AccessMode::Always && policy.needs_approval {
        let text = "Nothing is asked for where the account may connect at any time, so that nothing could be approved: \
                    let people ask for access, or take the approval out";
        return Err(OpError::invalid("needsApproval", text));
    }
    Ok(())
}

fn write_spans(policy: &mut Policy, change: &PolicyChange) -> OpResult<()> {
    span(&mut policy.confirm_seconds, "confirmSeconds", change.confirm_seconds, 1)?;
    span(&mut policy.session_seconds, "sessionSeconds", change.session_seconds, 1)?;
    span(&mut policy.connect_window_seconds, "connectWindowSeconds", change.connect_window_seconds, 1)?;
    span(&mut policy.remind_before_seconds, "remindBeforeSeconds", change.remind_before_seconds, 0)?;
    span(&mut policy.extension_seconds, "extensionSeconds", change.extension_seconds, 1)?;
    span(
        &mut policy.unconfirmed_window_seconds,
        "unconfirmedWindowSeconds",
        change.unconfirmed_window_seconds,
        1,
    )?;
    span(&mut policy.ban_seconds, "banSeconds", change.ban_seconds, 1)?;
    span(&mut policy.prompt_window_seconds, "promptWindowSeconds", change.prompt_window_seconds, 1)?;
    let trusted = change.trusted_reconnect_seconds;
    span(&mut policy.trusted_reconnect_seconds, "trustedReconnectSeconds", trusted, 0)
}

fn write_counts(policy: &mut Policy, change: &PolicyChange) -> OpResult<()> {
    count(&mut policy.max_extensions, "maxExtensions", change.max_extensions, 0)?;
    count(&mut policy.max_tunnels, "maxTunnels", change.max_tunnels, 1)?;
    count(&mut policy.max_unconfirmed, "maxUnconfirmed", change.max_unconfirmed, 1)?;
    count(&mut policy.prompt_limit, "promptLimit", change.prompt_limit, 1)
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

fn span(place: &mut Seconds, field: &'static str, value: Option<i64>, least: i64) -> OpResult<()> {
    let Some(value) = value else { return Ok(()) };
    let fits = (least..=LONGEST).contains(&value);
    let seconds = u32::try_from(value).ok().filter(|_| fits);
    *place = Seconds(seconds.ok_or_else(|| {
        OpError::invalid(field, format!("From {least} to {LONGEST} seconds, which is a year"))
    })?);
    Ok(())
}

fn count(place: &mut u32, field: &'static str, value: Option<i64>, least: u32) -> OpResult<()> {
    const MOST: u32 = 1_000;
    let Some(value) = value else { return Ok(()) };
    let value = u32::try_from(value).ok().filter(|value| (least..=MOST).contains(value));
    *place = value.ok_or_else(|| OpError::invalid(field, format!("From {least} to {MOST}")))?;
    Ok(())
}

fn network(text: &str) -> OpResult<String> {
    let text = text.trim();
    let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    network.map(|network| network.trunc().to_string()).map_err(|_| {
        OpError::invalid("allowedNetworks", format!("{text} is no network, such as 192.0.2.0/24"))
    })
}

fn country(text: &str) -> OpResult<String> {
    let code = text.trim().to_uppercase();
    if code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()) {
        Ok(code)
    } else {
        Err(OpError::invalid("allowedCountries", format!("{text} is no country code, such as DE")))
    }
}

fn working_hours(hours: &Hours) -> OpResult<WorkingHours> {
    let wrong = |text: &str| OpError::invalid("workingHours", text);
    let weekday = u8::try_from(hours.weekday).ok().filter(|day| (1..=7).contains(day));
    let weekday = weekday.ok_or_else(|| wrong("Weekdays are 1 (Monday) to 7 (Sunday)"))?;
    let minutes = |text: &str| minutes(text).ok_or_else(|| wrong("Times are written 00:00 to 24:00"));
    let (from, to) = (minutes(&hours.from)?, minutes(&hours.to)?);
    if from >= to {
        return Err(wrong("The hours must end after they begin; write a night as two spans"));
    }
    Ok(WorkingHours { weekday, from, to })
}

/// Minutes after midnight of `09:00`.
fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(hour) || !digits(minute) {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let all = hour * 60 + minute;
    (minute < 60 && all <= 1_440).then_some(all)
}

fn describe(policy: &Policy) -> OpResult<String> {
    serde_json::to_string(policy).map_err(|error| OpError::Internal(error.to_string()))
}

/// What was changed, field by field, for the audit.
fn changes(before: &Policy, after: &Policy) -> OpResult<String> {
    let json =
        |policy: &Policy| serde_json::to_value(policy).map_err(|error| OpError::Internal(error.to_string()));
    let (before, after) = (json(before)?, json(after)?);
    let fields = after.as_object().into_iter().flatten();
    let parts: Vec<String> = fields
        .filter(|(key, value)| before.get(key.as_str()) != Some(value))
        .map(|(key, value)| {
            format!("{key}: {} → {value}", before.get(key).unwrap_or(&serde_json::Value::Null))
        })
        .collect();
    Ok(format!("{}: {}", after["name"].as_str().unwrap_or_default(), parts.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn checked(change: PolicyChange) -> Result<Policy, String> {
        let mut policy = Policy::initial(PolicyId(Uuid::nil()));
        match write_into(&mut policy, change) {
            Ok(()) => Ok(policy),
            Err(OpError::Invalid { field, .. }) => Err(field.to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let default = PolicyChange::default;
        let hours = |weekday, from: &str, to: &str| {
            let hours = Hours { weekday, from: from.to_owned(), to: to.to_owned() };
            PolicyChange { working_hours: Some(vec![hours]), ..PolicyChange::default() }
        };
        for (change, field) in [
            (PolicyChange { name: Some(" ".to_owned()), ..default() }, "name"),
            (PolicyChange { confirm_seconds: Some(0), ..default() }, "confirmSeconds"),
            (PolicyChange { session_seconds: Some(-1), ..default() }, "sessionSeconds"),
            (PolicyChange { session_seconds: Some(LONGEST + 1), ..default() }, "sessionSeconds"),
            (PolicyChange { max_tunnels: Some(0), ..default() }, "maxTunnels"),
            (PolicyChange { prompt_limit: Some(1 << 40), ..default() }, "promptLimit"),
            (
                PolicyChange { allowed_networks: Some(vec!["10.0.0.0/33".into()]), ..default() },
                "allowedNetworks",
            ),
            (
                PolicyChange { allowed_countries: Some(vec!["Germany".into()]), ..default() },
                "allowedCountries",
            ),
            (PolicyChange { time_zone: Some("Mars/Base".into()), ..default() }, "timeZone"),
            (hours(0, "09:00", "18:00"), "workingHours"),
            (hours(1, "9:00", "18:00"), "workingHours"),
            (hours(1, "18:00", "09:00"), "workingHours"),
            (hours(1, "00:00", "24:01"), "workingHours"),
        ] {
            assert_eq!(checked(change), Err(field.to_owned()));
        }
    }

    #[test]
    fn every_span_from_one_second_up_is_taken() {
        let change = PolicyChange {
            confirm_seconds: Some(1),
            session_seconds: Some(1),
            remind_before_seconds: Some(0),
            max_extensions: Some(0),
            allowed_networks: Some(vec!["10.1.2.3/8".to_owned(), "2001:db8::1".to_owned()]),
            allowed_countries: Some(vec!["de".to_owned()]),
            working_hours: Some(vec![Hours { weekday: 7, from: "00:00".to_owned(), to: "24:00".to_owned() }]),
            time_zone: Some("Europe/Moscow".to_owned()),
            ..PolicyChange::default()
        };
        let policy = checked(change).unwrap();
        assert_eq!(policy.allowed_networks, ["10.0.0.0/8", "2001:db8::1/128"]);
        assert_eq!(policy.allowed_countries, ["DE"]);
        assert_eq!(policy.working_hours, [WorkingHours { weekday: 7, from: 0, to: 1_440 }]);
    }
}
