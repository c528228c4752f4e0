//! What a client asks for, in words: the middle of every page that asks a person (`templates/asked.html`).

use shared::audience::Audience;
use shared::scope::Scope;

use crate::app::App;
use crate::resource::Target;
use crate::scopes::Meaning;

/// What is asked for at one resource, in its words.
#[derive(Debug)]
pub(super) struct AskedAt<'a> {
    /// Its name, if the settings give one.
    pub name: Option<&'a str>,
    /// Its identifier.
    pub identifier: &'a str,
    /// What could be done there.
    pub lines: Vec<Line<'a>>,
}

/// One thing that it could do.
#[derive(Debug)]
pub(super) struct Line<'a> {
    /// What it is, in words.
    pub words: &'a str,
    /// Whether the person allowed it before; `None` where nothing was.
    before: Option<bool>,
}

impl Line<'_> {
    /// The same in words.
    pub(super) fn mark(&self) -> Option<&'static str> {
        self.before.map(|before| if before { "allowed before" } else { "new" })
    }
}

/// What a scope means at each of these resources, beside what is `given` already. In the order of the settings; a resource
/// that was taken out of them meanwhile has no words.
pub(super) fn asked_at<'a>(app: &'a App, resource: &Audience, (scope, given): (&Scope, &Scope)) -> Vec<AskedAt<'a>> {
    let target = app.config.resources.still_known(resource);
    let resources = target.iter().flat_map(Target::resources);
    let asked_at = resources.map(|resource| AskedAt {
        name: resource.name.as_deref(),
        identifier: &resource.identifier,
        lines: lines(resource.scopes.in_words(scope), given),
    });
    asked_at.collect()
}

/// A line for each meaning.
pub(super) fn lines<'a>(meanings: Vec<Meaning<'a>>, given: &Scope) -> Vec<Line<'a>> {
    let line = |meaning: Meaning<'a>| Line {
        words: meaning.words,
        before: (!given.is_empty()).then(|| given.contains(meaning.token)),
    };
    meanings.into_iter().map(line).collect()
}
