//! Calls of tools, counted. A tool that does not exist is `other`: clients choose names, and not series.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use rmcp::ErrorData;
use rmcp::model::{CallToolResponse, ErrorCode};
use shared::http::metrics::Registry;
use tokio::time::Instant;

/// Upper ends in seconds: from a sum in memory to a database that is waited for.
const BUCKETS: [f64; 8] = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.25, 1.0, 10.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Called {
    tool: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfTool {
    tool: String,
}

/// The calls of one server; clones count together.
#[derive(Clone, Debug)]
pub(super) struct ToolMetrics {
    calls: Family<Called, Counter>,
    durations: Family<OfTool, Histogram, fn() -> Histogram>,
}

/// A call that is counted when it is dropped: as `cancelled` unless it came to an end, or was left to another.
pub(super) struct Call<'a> {
    metrics: &'a ToolMetrics,
    tool: &'a str,
    begun: Instant,
    outcome: Option<&'static str>,
}

impl Default for ToolMetrics {
    fn default() -> Self {
        Self {
            calls: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
        }
    }
}

impl ToolMetrics {
    /// A call that begins now.
    pub(super) fn begin<'a>(&'a self, tool: &'a str) -> Call<'a> {
        Call {
            metrics: self,
            tool,
            begun: Instant::now(),
            outcome: Some("cancelled"),
        }
    }

    /// Adds the calls to a registry.
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("resource_tool_calls", "Calls of tools", self.calls.clone());
        registry.register(
            "resource_tool_call_duration_seconds",
            "Time that a tool took",
            self.durations.clone(),
        );
    }
}

impl Call<'_> {
    /// Notes what came of it.
    pub(super) fn ended(&mut self, outcome: &Result<CallToolResponse, ErrorData>) {
        self.outcome = Some(match outcome {
            Ok(CallToolResponse::Complete(result)) if result.is_error == Some(true) => "error",
            Ok(_) => "ok",
            Err(error) if error.code == ErrorCode::INTERNAL_ERROR => "failed",
            Err(_) => "refused",
        });
    }

    /// Notes that it came to a result; if not, somebody else counts it.
    pub(super) fn ended_plainly(&mut self, has_result: bool) {
        self.outcome = has_result.then_some("ok");
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        let Some(outcome) = self.outcome else { return };
        let tool = self.tool.to_owned();
        let durations = self.metrics.durations.get_or_create(&OfTool { tool: tool.clone() });
        durations.observe(self.begun.elapsed().as_secs_f64());
        self.metrics.calls.get_or_create(&Called { tool, outcome }).inc();
    }
}
