//! A real PostgreSQL for the tests of one process: Debian's, in a temporary folder, reached by a Unix socket only.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Makes a cluster in $1, serves it until its standard input ends, and removes the folder in any case. The input ends
/// with the process of the tests, however that ends, so no server outlives it.
const SCRIPT: &str = r#"
set -eu
cd "$1"
trap 'cd /; rm -rf "$1"' EXIT
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -x "$bin/initdb" ] || bin=$(dirname "$(command -v initdb)") || bin=
[ -x "$bin/initdb" ] && [ -x "$bin/postgres" ] || {
    echo "there is no PostgreSQL server to test with: apt-get install postgresql" >&2
    exit 1
}
LC_ALL=C "$bin/initdb" -D data -U postgres --encoding=UTF8 --locale=C --auth=trust --no-sync >log 2>&1 || {
    cat log >&2
    exit 1
}
printf 'local all with_password scram-sha-256\nlocal all all trust\n' >data/pg_hba.conf
"$bin/postgres" -D data -k "$1" -c listen_addresses= -c max_connections=400 -c shared_buffers=32MB \
    -c fsync=off -c full_page_writes=off >>log 2>&1 &
server=$!
trap 'kill -INT $server 2>/dev/null || true; wait $server 2>/dev/null || true; cd /; rm -rf "$1"' EXIT
until "$bin/psql" -h "$1" -U postgres -c 'SELECT 1' postgres >/dev/null 2>&1; do
    kill -0 $server 2>/dev/null || { cat log >&2; exit 1; }
    sleep 0.05
done
echo "$bin"
cat >/dev/null
"#;

static SERVER: OnceLock<Server> = OnceLock::new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

struct Server {
    /// Its standard input holds the server up.
    _supervisor: Child,
    folder: PathBuf,
    /// Folder of PostgreSQL's programs.
    programs: PathBuf,
}

/// URL of a new database on the server of this process, which is started when it is not up yet.
pub fn new_database() -> String {
    let server = SERVER.get_or_init(Server::start);
    let name = format!("test_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    let mut createdb = Command::new(server.programs.join("createdb"));
    createdb.args(["-U", "postgres", "-T", "template0", "-h"]).arg(&server.folder).arg(&name);
    let output = createdb.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    format!("postgres://postgres@localhost/{name}?host={}", server.folder.display())
}

impl Server {
    fn start() -> Self {
        // Not where TMPDIR says: the path of a socket has at most 107 characters.
        let folder = tempfile::Builder::new().prefix("ecoop-postgres-").tempdir_in("/tmp").unwrap().keep();
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "sh"]).arg(&folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Ctrl-C ends the tests; the script ends after them and in order.
        command.process_group(0);
        if std::fs::metadata("/proc/self").unwrap().uid() == 0 {
            let (user, group) = other_than_root();
            chown(&folder, Some(user), Some(group)).unwrap();
            command.uid(user).gid(group);
        }
        let mut supervisor = command.spawn().unwrap();
        let mut programs = String::new();
        BufReader::new(supervisor.stdout.take().unwrap()).read_line(&mut programs).unwrap();
        if programs.is_empty() {
            let mut why = String::new();
            supervisor.stderr.take().unwrap().read_to_string(&mut why).unwrap();
            panic!("PostgreSQL does not start: {why}");
        }
        Self { _supervisor: supervisor, folder, programs: Path::new(programs.trim()).to_path_buf() }
    }
}

/// PostgreSQL refuses to run as root: user and group of `postgres`, or of `nobody` where that is not there.
fn other_than_root() -> (u32, u32) {
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let of = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut ids = line.split(':').skip(2).map(|id| id.parse::<u32>().ok());
        Some((ids.next()??, ids.next()??))
    };
    of("postgres").or_else(|| of("nobody")).expect("a user `postgres` or `nobody`")
}
