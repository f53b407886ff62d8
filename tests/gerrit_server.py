"""A real Gerrit on loopback, fetched once from Maven Central, started for a test, and driven over REST and git.

The two jars of the acceptance framework contain the same server as the war (gerrit-war); Gerrit's own tests run them,
and mirrors of Maven Central without the war have them. They are kept in the user's cache, outside the checkout.
"""

import base64
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote

from conftest import missing

VERSION = "3.9.1"
JARS = {
    f"gerrit-acceptance-framework-{VERSION}.jar": ("com.google.gerrit", "gerrit-acceptance-framework", VERSION),
    f"gerrit-plugin-api-{VERSION}.jar": ("com.google.gerrit", "gerrit-plugin-api", VERSION),
    **{f"{name}-1.72.jar": ("org.bouncycastle", name, "1.72")
       for name in ("bcprov-jdk18on", "bcutil-jdk18on", "bcpg-jdk18on", "bcpkix-jdk18on")},
}  # fmt: skip
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
POM = """<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>twin</groupId><artifactId>gerrit</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>{jars}</dependencies>
</project>
"""
JAR = "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>"
PASSWORD = "secret"  # what `init --dev` gives the first administrator; the server is reachable on loopback alone
# A program of Gerrit has an instance method `main`; the war's launcher calls it just so. Both run in one Java, which
# would take two seconds of processor time to start again.
START = """
public class Start {
  public static void main(String[] words) throws Exception {
    String site = words[0];
    int code = run("Init", "--batch", "--dev", "--no-auto-start", "-d", site);
    for (int n = 1; code == 0 && n < words.length; n += 2)
      code = new ProcessBuilder("git", "config", "-f", site + "/etc/gerrit.config", words[n], words[n + 1])
          .start().waitFor();
    System.exit(code != 0 ? code : run("Daemon", "-d", site, "--headless", "--disable-sshd", "--console-log"));
  }

  static int run(String name, String... words) throws Exception {
    Object program = Class.forName("com.google.gerrit.pgm." + name).getDeclaredConstructor().newInstance();
    return (Integer) program.getClass().getMethod("main", String[].class).invoke(program, (Object) words);
  }
}
"""


class RealGerrit:
    """One server in a folder of its own. `rest` makes calls as an account; `root` is the address for clients."""

    def __init__(self, folder: Path) -> None:
        self.site, self.port = folder / "site", _free_port()
        self.root = f"http://127.0.0.1:{self.port}/"
        self._start = folder / "Start.java"
        self._start.write_text(START, encoding="utf-8")
        stated = folder / "stated" / "com" / "google" / "gerrit" / "common"
        stated.mkdir(parents=True)
        (stated / "Version").write_text(f"{VERSION}\n", encoding="utf-8")  # the war says so; the jars leave it out
        self._path = os.pathsep.join([str(folder / "stated"), *map(str, jars())])
        self._log = (folder / "gerrit.log").open("wb")
        self._run: subprocess.Popen[bytes] | None = None

    def start(self) -> "RealGerrit":
        settings = (
            "httpd.listenUrl", self.root, "gerrit.canonicalWebUrl", self.root, "sshd.listenAddress", "off",
            "sendemail.enable", "false",
            "change.mergeabilityComputationBehavior", "API_REF_UPDATED_AND_CHANGE_REINDEX",
        )  # fmt: skip
        # It lives for a minute: the compiler that pays off after hours would take half of all its processor time.
        quick = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
        command = ["java", *quick, "-Xmx512m", "-cp", self._path, str(self._start), str(self.site), *settings]
        self._run = subprocess.Popen(command, stdout=self._log, stderr=subprocess.STDOUT)
        self._wait()
        return self

    def stop(self) -> None:
        if self._run is not None:
            self._run.terminate()
            self._run.wait(30)
        self._log.close()

    def rest(self, who: str, method: str, path: str, body: object = None) -> object:
        """Make one authenticated call, and return its answer without the guard."""
        held = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.root}a/{path}", data=held, method=method)
        token = base64.b64encode(f"{who}:{PASSWORD}".encode()).decode()
        request.add_header("Authorization", f"Basic {token}")
        if held is not None:
            request.add_header("Content-Type", "application/json; charset=UTF-8")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read().decode()
        except urllib.error.HTTPError as refusal:
            raise RuntimeError(f"{method} {path}: {refusal.code} {refusal.read().decode()}") from refusal
        return json.loads(text.removeprefix(")]}'\n")) if text.startswith(")]}'") else text

    def add_account(self, name: str, display_name: str) -> int:
        body = {"name": display_name, "email": f"{name}@example.org", "http_password": PASSWORD}
        table = self.rest("admin", "PUT", f"accounts/{name}", body)
        return int(table["_account_id"])  # type: ignore[index]

    def add_label(self, label: str, values: dict[str, str], copied: str) -> None:
        """Create a label in every project, on which every account that is logged in may cast every vote."""
        body = {"values": values, "copy_condition": copied, "commit_message": f"Add {label}"}
        self.rest("admin", "PUT", f"projects/All-Projects/labels/{label}", body)

    def allow(self, label: str, lowest: int, highest: int) -> None:
        rule = {"action": "ALLOW", "min": lowest, "max": highest}
        granted = {"rules": {"global:Registered-Users": rule}, "label": label}
        body = {"add": {"refs/heads/*": {"permissions": {f"label-{label}": granted}}}}
        self.rest("admin", "POST", "projects/All-Projects/access", body)

    def is_machine(self, name: str) -> None:
        """Add the account to the service users, like CI accounts."""
        self.rest("admin", "PUT", f"groups/{quote('Service Users')}/members/{name}")

    def add_project(self, name: str) -> None:
        body = {"create_empty_commit": True, "branches": ["master"]}
        self.rest("admin", "PUT", f"projects/{quote(name, safe='')}", body)

    def remote(self, who: str, project: str) -> str:
        return f"http://{who}:{PASSWORD}@127.0.0.1:{self.port}/a/{project}"

    def _wait(self) -> None:
        for _ in range(600):
            if self._run is not None and self._run.poll() is not None:
                break
            try:
                urllib.request.urlopen(f"{self.root}config/server/version", timeout=5).close()
                return
            except OSError:
                time.sleep(0.5)
        raise RuntimeError(f"gerrit did not start, see {self._log.name}")


def jars() -> list[Path]:
    """The server's jars, from the cache, else from Maven Central by the machine's own settings."""
    for tool in ("java", "mvn", "git"):
        if shutil.which(tool) is None:
            missing(f"{tool}, to run a real Gerrit,")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bugfix-analysis" / f"gerrit-{VERSION}"
    paths = [cache / name for name in JARS]
    if not all(path.is_file() for path in paths):
        _download(cache)
    if not all(path.is_file() for path in paths):
        missing(f"Gerrit {VERSION} of Maven Central")
    return paths


def _download(cache: Path) -> None:
    """Copy the jars, and nothing that they depend on, into the cache."""
    cache.mkdir(parents=True, exist_ok=True)
    pom = cache / "pom.xml"
    pom.write_text(POM.format(jars="".join(JAR.format(*named) for named in JARS.values())), encoding="utf-8")
    where = (f"-DoutputDirectory={cache}", "-DexcludeTransitive=true")
    subprocess.run(["mvn", "-B", "-q", "-f", str(pom), COPY, *where], cwd=cache, capture_output=True, check=False)


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])
