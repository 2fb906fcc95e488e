//! The texts that the bot tells, and managers' own in place of them.

use super::{
    context::ContextExt,
    enums::Language,
    guard::{manager, viewer},
};
use crate::ops::{OpResult as Result, templates};
use async_graphql::{ComplexObject, Context, Object, SimpleObject};

/// A text that the bot tells.
#[derive(SimpleObject)]
#[graphql(guard = "viewer", complex)]
pub(super) struct MessageTemplate {
    key: String,
    language: Language,
    /// What is told, with blanks such as `{ $name }`.
    text: String,
    /// What is told without a manager's text.
    built_in: String,
    /// The names of the blanks that it may hold.
    placeholders: Vec<String>,
    /// A manager wrote it.
    custom: bool,
}

#[ComplexObject]
impl MessageTemplate {
    /// The text with made-up names in its blanks, as HTML of Telegram's kind.
    #[graphql(guard = "viewer")]
    async fn preview(&self) -> Result<String> {
        templates::preview(&self.key, self.language.into(), self.custom.then_some(self.text.as_str()))
    }
}

impl From<templates::MessageTemplate> for MessageTemplate {
    fn from(template: templates::MessageTemplate) -> Self {
        let templates::MessageTemplate { key, language, text, built_in, placeholders, custom } = template;
        Self { key, language: language.into(), text, built_in, placeholders, custom }
    }
}

#[derive(Default)]
pub(super) struct TemplatesQuery;

#[Object]
impl TemplatesQuery {
    /// What a text would look like, before it is kept.
    #[graphql(guard = "viewer")]
    async fn preview_message(&self, key: String, language: Language, text: String) -> Result<String> {
        templates::preview(&key, language.into(), Some(&text))
    }
}

#[derive(Default)]
pub(super) struct TemplatesMutation;

#[Object]
impl TemplatesMutation {
    /// Writes a text in place of the built-in one; without a text the built-in one is told again.
    #[graphql(guard = "manager")]
    async fn set_message(
        &self,
        ctx: &Context<'_>,
        key: String,
        language: Language,
        text: Option<String>,
    ) -> Result<MessageTemplate> {
        let app = ctx.app()?;
        let set = templates::set(app, &ctx.manager()?, &key, language.into(), text.as_deref()).await?;
        Ok(set.into())
    }
}
