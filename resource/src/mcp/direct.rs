//! The tools that answer [plain calls](super::plain_call) by themselves: the search, which is what clients call most. What
//! it cannot answer with a result is done again by way of rmcp, which makes an error of it.
//!
//! People search for the same foods, so answers are kept, by the arguments as they came. Easy to get wrong: only those that
//! are the same for everybody and for ever: whoever has foods of their own, or may be told of foods by live providers,
//! gets no kept answer, and none is kept of theirs.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use serde_json::{Map, Value};

use super::FoodServer;
use super::answer::Answer;
use super::caller::Caller;
use super::input;
use super::plain_call::{Done, PlainCall, Tools};
use super::search_food::{Arguments, Found};
use crate::principal::Principal;

const SEARCH: &str = "search_food";
/// Answers that are kept, in about as many bytes of answers and arguments, and about how many these are.
const KEPT: u64 = 4 << 20;
const ANSWERS: usize = 512;
/// Longer arguments are hardly anybody else's.
const LONGEST: usize = 256;

/// Answers by the arguments of the search.
#[derive(Debug)]
pub(super) struct Answers(Cache<Box<str>, Done, Bytes>);

#[derive(Clone, Debug)]
struct Bytes;

impl Weighter<Box<str>, Done> for Bytes {
    fn weight(&self, arguments: &Box<str>, done: &Done) -> u64 {
        u64::try_from(arguments.len() + done.len()).unwrap_or(u64::MAX)
    }
}

impl Default for Answers {
    fn default() -> Self {
        Self(Cache::with_weighter(ANSWERS, KEPT, Bytes))
    }
}

impl Tools for FoodServer {
    fn answers(&self, tool: &str) -> bool {
        tool == SEARCH
    }

    fn call<'a>(&'a self, call: &'a PlainCall<'a>, principal: &'a Arc<Principal>) -> BoxFuture<'a, Option<Done>> {
        if !self.answers(call.tool) {
            return Box::pin(std::future::ready(None));
        }
        let counted = async move {
            let mut counted = self.metrics.begin(SEARCH);
            let found = AssertUnwindSafe(self.found(call.arguments.get(), principal));
            let done = found.catch_unwind().await.ok().flatten();
            counted.ended_plainly(done.is_some());
            done
        };
        Box::pin(counted)
    }
}

impl FoodServer {
    async fn found(&self, arguments: &str, principal: &Arc<Principal>) -> Option<Done> {
        let caller = Caller::from_principal(principal);
        // As rmcp reads them: what is no object of JSON can be a Value nevertheless.
        let read: Map<String, Value> = serde_json::from_str(arguments).ok()?;
        let read: Arguments = input::read(read.into()).ok()?;
        if read.is_for_barcode() {
            return done(&self.searched(&caller, &read).await.ok()?);
        }
        let own = self.foods.own(&caller).await.ok()?;
        let is_everybodys = own.is_empty() && !self.foods.reach_further() && arguments.len() <= LONGEST;
        if !is_everybodys {
            return done(&self.by_name(&caller, &own, &read).await.ok()?);
        }
        if let Some(kept) = self.answers.0.get(arguments) {
            return Some(kept);
        }
        let done = done(&self.by_name(&caller, &own, &read).await.ok()?)?;
        self.answers.0.insert(arguments.into(), done.clone());
        Some(done)
    }
}

fn done(answer: &Answer<Found>) -> Option<Done> {
    Done::new(&answer.text, &answer.structured)
}
