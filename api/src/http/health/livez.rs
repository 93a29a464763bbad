//! `GET /livez`: the process answers.

/// Always 200 with `ok`.
pub async fn get() -> &'static str {
    "ok\n"
}
