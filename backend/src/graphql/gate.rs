//! What every request goes through before and after it is executed, over HTTP and WebSockets alike.

mod shape;

use super::{
    AppSchema,
    context::{FORBIDDEN, Visit},
    error, schema,
};
use crate::{
    app::App,
    ops::{OpError, sign_in},
};
use async_graphql::{
    BatchRequest, BatchResponse, Data, Executor, Name, Positioned, Request, Response, ServerError,
    parser::types::{ExecutableDocument, FragmentDefinition, OperationType, Selection, SelectionSet},
};
use futures_util::{
    StreamExt, future,
    stream::{self, BoxStream},
};
use std::{
    collections::HashMap,
    pin::{Pin, pin},
    sync::Arc,
};

/// What is served without signing in: the way in.
const WAY_IN: [&str; 5] = ["login", "refresh", "logout", "completeSetup", "setupNeeded"];

/// The API. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    schema: AppSchema,
    app: App,
}

type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

impl Api {
    /// The API of `app`.
    pub fn new(app: App) -> Self {
        Self { schema: schema(Some(app.clone())), app }
    }

    /// Over a WebSocket who calls was found out when it was opened; their sign-in may have been ended since, also by
    /// another process. Nothing is begun by one that does not stand any more, and the line ends.
    async fn stands(self, visit: Arc<Visit>) -> Result<(), ServerError> {
        let Some(caller) = visit.caller() else { return Err(error::unauthenticated()) };
        match sign_in::stands(&self.app, &caller.viewer).await {
            Ok(true) => Ok(()),
            Ok(false) => {
                if let Some(line) = &visit.line {
                    line.hang_up(FORBIDDEN);
                }
                Err(error::unauthenticated())
            }
            Err(error) => Err(error::of(&error)),
        }
    }

    /// Refuses what must not be begun.
    fn look(request: &mut Request, visit: &Visit) -> Result<(), ServerError> {
        let known = visit.caller().is_some();
        let looked = shape::check_brackets(&request.query)
            .and_then(|()| request.parsed_query())
            .and_then(|document| shape::check(document, !known).map(|()| document));
        match looked {
            Ok(document) if known || is_way_in(document) => Ok(()),
            Err(error) if known => Err(error),
            // Whatever else is wrong, a stranger has to sign in first.
            _ => Err(error::unauthenticated()),
        }
    }
}

impl Executor for Api {
    async fn execute(&self, mut request: Request) -> Response {
        let looked = match visit_of(&request) {
            Some(visit) => Self::look(&mut request, &visit),
            None => Err(error::unauthenticated()),
        };
        match looked {
            Ok(()) => finished(self.schema.execute(request).await),
            Err(refused) => finished(Response::from_errors(vec![refused])),
        }
    }

    fn execute_stream(
        &self,
        mut request: Request,
        session_data: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        let visit = session_data.as_ref().and_then(|data| data.get(&std::any::TypeId::of::<Arc<Visit>>()));
        let visit = visit.and_then(|any| any.downcast_ref::<Arc<Visit>>()).cloned();
        let Some(visit) = visit else { return only(error::unauthenticated()) };
        if let Err(refused) = Self::look(&mut request, &visit) {
            return only(refused);
        }
        let Some(place) = visit.begin() else {
            return only(error::of(&OpError::RateLimited("Too much at once over one connection".to_owned())));
        };
        let listens = is_subscription(&mut request);
        let data = session_data.unwrap_or_default();
        let answers = self.schema.execute_stream_with_session_data(request.data(visit.clone()), data);
        let answers = answers.map(finished).boxed();
        let allowed = self.clone().stands(visit);
        let answers = if listens { heard_meanwhile(answers, allowed) } else { first(allowed, answers) };
        // The place is free again when the last answer was given, or nobody wants any more.
        answers
            .map(move |answer| {
                let _held = &place;
                answer
            })
            .boxed()
    }

    async fn execute_batch(&self, request: BatchRequest) -> BatchResponse {
        match request {
            BatchRequest::Single(request) => BatchResponse::Single(self.execute(request).await),
            BatchRequest::Batch(_) => {
                let refused = ServerError::new("One operation a request", None);
                BatchResponse::Single(finished(Response::from_errors(vec![refused])))
            }
        }
    }
}

fn visit_of(request: &Request) -> Option<Arc<Visit>> {
    let any = request.data.get(&std::any::TypeId::of::<Arc<Visit>>())?;
    any.downcast_ref::<Arc<Visit>>().cloned()
}

/// One answer that says no.
fn only(refused: ServerError) -> BoxStream<'static, Response> {
    stream::once(async move { finished(Response::from_errors(vec![refused])) }).boxed()
}

/// The answers, begun once it is allowed.
fn first(
    allowed: impl Future<Output = Result<(), ServerError>> + Send + 'static,
    answers: BoxStream<'static, Response>,
) -> BoxStream<'static, Response> {
    stream::once(async move {
        match allowed.await {
            Ok(()) => answers,
            Err(refused) => only(refused),
        }
    })
    .flatten()
    .boxed()
}

/// The answers of a subscription, given once it is allowed; what happens until then is not missed.
fn heard_meanwhile(
    answers: BoxStream<'static, Response>,
    allowed: impl Future<Output = Result<(), ServerError>> + Send + 'static,
) -> BoxStream<'static, Response> {
    stream::once(async move {
        let mut answers = answers.peekable();
        let mut allowed = pin!(allowed);
        let allowed = future::poll_fn(|cx| {
            // Begins to listen; what comes of it is kept.
            let _ = Pin::new(&mut answers).poll_peek(cx);
            allowed.as_mut().poll(cx)
        });
        match allowed.await {
            Ok(()) => answers.boxed(),
            Err(refused) => only(refused),
        }
    })
    .flatten()
    .boxed()
}

fn is_subscription(request: &mut Request) -> bool {
    request.parsed_query().is_ok_and(|document| {
        document.operations.iter().all(|(_, operation)| operation.node.ty == OperationType::Subscription)
    })
}

/// Gives every error its code.
fn finished(mut response: Response) -> Response {
    response.errors = response.errors.into_iter().map(error::finish).collect();
    response
}

/// Does a document ask for nothing but the way in, and for one thing? Its shape was looked at before, so that
/// following its fragments comes to an end.
fn is_way_in(document: &ExecutableDocument) -> bool {
    let wanted: usize = document
        .operations
        .iter()
        .map(|(_, operation)| ways_in(&operation.node.selection_set.node, &document.fragments))
        .sum::<Option<usize>>()
        .unwrap_or(usize::MAX);
    wanted <= 1
}

/// How many fields of the way in are asked for; none: something else is asked for as well.
fn ways_in(set: &SelectionSet, fragments: &Fragments) -> Option<usize> {
    set.items
        .iter()
        .map(|item| match &item.node {
            Selection::Field(field) => {
                let name = field.node.name.node.as_str();
                (name == "__typename" || WAY_IN.contains(&name)).then_some(usize::from(name != "__typename"))
            }
            Selection::InlineFragment(inline) => ways_in(&inline.node.selection_set.node, fragments),
            Selection::FragmentSpread(spread) => {
                let fragment = fragments.get(&spread.node.fragment_name.node)?;
                ways_in(&fragment.node.selection_set.node, fragments)
            }
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;

    fn way_in(query: &str) -> bool {
        let document = parse_query(query).unwrap();
        shape::check(&document, true).is_ok() && is_way_in(&document)
    }

    #[test]
    fn strangers_get_the_way_in_and_nothing_else() {
        assert!(way_in("{ setupNeeded __typename }"));
        assert!(way_in("mutation { login(username: 1) { accessToken } }"));
        assert!(way_in("query { ...F } fragment F on Query { setupNeeded }"));
        assert!(way_in("mutation { refresh { ...A } } fragment A on AuthPayload { accessToken }"));
        assert!(!way_in("{ setupNeeded me { id } }"));
        assert!(!way_in("{ __schema { types { name } } }"));
        assert!(!way_in("{ ... on Query { me { id } } }"));
        assert!(!way_in("query { ...F } fragment F on Query { users { totalCount } }"));
        assert!(!way_in("query { ...F } fragment F on Query { ...F }"));
        assert!(!way_in("query { alias: me { id } }"));
    }

    #[test]
    fn strangers_try_one_thing_a_request() {
        assert!(!way_in("query A { setupNeeded } query B { setupNeeded }"));
        assert!(!way_in("query A { setupNeeded } query B { me { id } }"));
        assert!(!way_in(
            "mutation { a: login(username: 1) { expiresAt } b: login(username: 2) { expiresAt } }"
        ));
        assert!(!way_in("{ ...F ...F } fragment F on Query { setupNeeded }"));
        assert!(!way_in("mutation { logout ... on Mutation { refresh { accessToken } } }"));
    }
}
