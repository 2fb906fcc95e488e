//! What every request goes through before and after it is executed.

use super::{AppSchema, context::Visit, error, schema};
use crate::app::App;
use async_graphql::{
    BatchRequest, BatchResponse, Data, Executor, Request, Response, ServerError,
    parser::types::{ExecutableDocument, FragmentDefinition, Selection, SelectionSet},
};
use async_graphql::{Name, Positioned};
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use std::{collections::HashMap, sync::Arc};

/// How deep fields may be nested.
const DEEPEST: usize = 12;

/// How deep a question about the schema itself may be nested: what tools ask is deeper than any data.
const DEEPEST_INTROSPECTION: usize = 20;

/// What is served without signing in: the way in.
const WAY_IN: [&str; 6] = ["login", "refresh", "logout", "completeSetup", "setupNeeded", "__typename"];

/// The API. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    schema: AppSchema,
}

type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

impl Api {
    /// The API of `app`.
    pub fn new(app: App) -> Self {
        Self { schema: schema(Some(app)) }
    }

    /// Refuses what must not be begun.
    fn look(request: &mut Request, visit: &Visit) -> Result<(), ServerError> {
        let known = visit.caller().is_some();
        let wanted = request.operation_name.clone();
        let document = match request.parsed_query() {
            Ok(document) => document,
            Err(_) if !known => return Err(error::unauthenticated()),
            Err(error) => return Err(error),
        };
        if !known && !is_way_in(document, wanted.as_deref()) {
            return Err(error::unauthenticated());
        }
        check_depth(document)
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
        let looked = match visit {
            Some(visit) => {
                let looked = Self::look(&mut request, &visit);
                request = request.data(visit);
                looked
            }
            None => Err(error::unauthenticated()),
        };
        match looked {
            Ok(()) => {
                let data = session_data.unwrap_or_default();
                self.schema.execute_stream_with_session_data(request, data).map(finished).boxed()
            }
            Err(refused) => {
                stream::once(async move { finished(Response::from_errors(vec![refused])) }).boxed()
            }
        }
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

/// Gives every error its code.
fn finished(mut response: Response) -> Response {
    response.errors = response.errors.into_iter().map(error::finish).collect();
    response
}

/// Does the operation that is wanted (without a name: each one) ask for nothing but the way in? Others that stand in
/// the same document are not executed.
fn is_way_in(document: &ExecutableDocument, wanted: Option<&str>) -> bool {
    let is_wanted = |name: Option<&Name>| match (name, wanted) {
        (Some(name), Some(wanted)) => name.as_str() == wanted,
        _ => true,
    };
    let mut operations = document.operations.iter().filter(|(name, _)| is_wanted(*name)).peekable();
    operations.peek().is_some()
        && operations.all(|(_, operation)| {
            only_way_in(&operation.node.selection_set.node, &document.fragments, DEEPEST)
        })
}

fn only_way_in(set: &SelectionSet, fragments: &Fragments, left: usize) -> bool {
    set.items.iter().all(|item| match &item.node {
        Selection::Field(field) => WAY_IN.contains(&field.node.name.node.as_str()),
        Selection::InlineFragment(inline) => {
            left > 0 && only_way_in(&inline.node.selection_set.node, fragments, left - 1)
        }
        Selection::FragmentSpread(spread) => {
            left > 0
                && fragments.get(&spread.node.fragment_name.node).is_some_and(|fragment| {
                    only_way_in(&fragment.node.selection_set.node, fragments, left - 1)
                })
        }
    })
}

fn check_depth(document: &ExecutableDocument) -> Result<(), ServerError> {
    for (_, operation) in document.operations.iter() {
        let set = &operation.node.selection_set.node;
        if !fits(set, &document.fragments, DEEPEST, 0) {
            return Err(ServerError::new(format!("Nested deeper than {DEEPEST} fields"), None));
        }
    }
    Ok(())
}

/// Are no more than `left` fields nested? Fragments that go round in circles are found by the library; here
/// they only must not go on for ever.
fn fits(set: &SelectionSet, fragments: &Fragments, left: usize, through: usize) -> bool {
    if through > 32 {
        return false;
    }
    set.items.iter().all(|item| match &item.node {
        Selection::Field(field) => {
            let about_schema = matches!(field.node.name.node.as_str(), "__schema" | "__type");
            let left = if about_schema { DEEPEST_INTROSPECTION } else { left };
            left > 0 && fits(&field.node.selection_set.node, fragments, left - 1, 0)
        }
        Selection::InlineFragment(inline) => {
            fits(&inline.node.selection_set.node, fragments, left, through + 1)
        }
        Selection::FragmentSpread(spread) => fragments
            .get(&spread.node.fragment_name.node)
            .is_none_or(|fragment| fits(&fragment.node.selection_set.node, fragments, left, through + 1)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;

    fn way_in(query: &str) -> bool {
        is_way_in(&parse_query(query).unwrap(), None)
    }

    #[test]
    fn of_several_operations_the_one_that_is_wanted_counts() {
        let document = parse_query("query A { setupNeeded } query B { me { id } }").unwrap();
        assert!(is_way_in(&document, Some("A")));
        assert!(!is_way_in(&document, Some("B")));
        assert!(!is_way_in(&document, Some("C")), "there is no such operation");
        assert!(!is_way_in(&document, None));
        let single = parse_query("query A { me { id } }").unwrap();
        assert!(!is_way_in(&single, Some("A")) && !is_way_in(&single, Some("B")));
    }

    #[test]
    fn strangers_get_the_way_in_and_nothing_else() {
        assert!(way_in("{ setupNeeded __typename }"));
        assert!(way_in("mutation { login(username: 1) { accessToken } }"));
        assert!(way_in("query { ...F } fragment F on Query { setupNeeded }"));
        assert!(!way_in("{ setupNeeded me { id } }"));
        assert!(!way_in("{ __schema { types { name } } }"));
        assert!(!way_in("{ ... on Query { me { id } } }"));
        assert!(!way_in("query { ...F } fragment F on Query { users { totalCount } }"));
        assert!(!way_in("query { ...F } fragment F on Query { ...F }"));
        assert!(!way_in("query { alias: me { id } }"));
    }

    #[test]
    fn twelve_fields_deep_and_no_deeper() {
        let nested = |depth: usize| format!("{}{}", "{ a ".repeat(depth), "}".repeat(depth));
        assert!(check_depth(&parse_query(nested(12)).unwrap()).is_ok());
        assert!(check_depth(&parse_query(nested(13)).unwrap()).is_err());
        let circle =
            parse_query("{ ...A } fragment A on Query { a { ...B } } fragment B on Query { ...A }").unwrap();
        assert!(check_depth(&circle).is_err());
    }
}
