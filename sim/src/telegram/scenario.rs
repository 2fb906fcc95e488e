//! What a simulator begins with, read from a JSON file.

use serde::Deserialize;

use super::faults::FaultRule;
use super::sim::TelegramSim;
use super::world::{Profile, Standing};

/// A beginning: people, groups, faults and what people write at once.
///
/// ```json
/// { "people": [{ "id": 1001, "first_name": "Anna", "language_code": "ru", "username": "anna", "send": ["/start"] }],
///   "groups": [{ "title": "Admins", "members": [1001] }],
///   "faults": [{ "fault": "delay", "millis": 200, "method": "sendMessage", "times": 3 }] }
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scenario {
    /// Telegram accounts.
    people: Vec<Somebody>,
    /// Groups with the bot in them.
    groups: Vec<NewGroup>,
    /// Faults that are in force from the start.
    faults: Vec<FaultRule>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Somebody {
    id: i64,
    first_name: String,
    #[serde(default)]
    last_name: Option<String>,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    language_code: Option<String>,
    /// Texts sent at the start.
    #[serde(default)]
    send: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewGroup {
    title: String,
    #[serde(default)]
    members: Vec<i64>,
}

/// Why a scenario is no scenario.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScenarioError {
    /// The file is not of the documented form.
    #[error("the scenario cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
    /// A group has a member who is not among the people.
    #[error("group {title:?} has member {id}, who is not among the people")]
    UnknownMember {
        /// The group.
        title: String,
        /// The member.
        id: i64,
    },
}

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    /// [`ScenarioError::Malformed`].
    pub fn parse(json: &str) -> Result<Self, ScenarioError> {
        Ok(serde_json::from_str(json)?)
    }

    /// Plays it.
    ///
    /// # Errors
    /// [`ScenarioError::UnknownMember`].
    pub async fn play(self, telegram: &TelegramSim) -> Result<(), ScenarioError> {
        for rule in self.faults {
            telegram.inject(rule);
        }
        let mut texts = Vec::new();
        for somebody in self.people {
            let person = telegram.add_person(Profile {
                id: somebody.id,
                first_name: somebody.first_name,
                last_name: somebody.last_name,
                username: somebody.username,
                language_code: somebody.language_code,
                standing: Standing::Stranger,
            });
            texts.push((person, somebody.send));
        }
        for NewGroup { title, members } in self.groups {
            let found = members
                .iter()
                .map(|id| {
                    telegram
                        .find_person(*id)
                        .ok_or_else(|| ScenarioError::UnknownMember { title: title.clone(), id: *id })
                })
                .collect::<Result<Vec<_>, _>>()?;
            telegram.group(&title, &found.iter().collect::<Vec<_>>());
        }
        for (person, sent) in texts {
            for text in sent {
                person.send(&text).await;
            }
        }
        Ok(())
    }
}
