/** The page at each base for whoever has nothing but the base: read by people, and followed by a test. */
import { NAMESPACES } from "./namespaces.ts";

export function howToVerify(): string {
  return `HOW TO VERIFY WHAT IS IN THIS FOLDER

The runs in this folder were carried here by labferry, compared with their originals file by file, and
what was found was signed. You need nothing of labferry to check that: a POSIX shell, sha256sum and its
kin (GNU coreutils), and ssh-keygen (OpenSSH 8.9 or newer). Nothing here is changed by it.

Lines that begin with four spaces are commands. Give them in this order, in the folder that holds this
file. On an object store, mount or download the folder first.


1. THE KEYS

    export TZ=UTC
    K=$(mktemp -d)
    cat .labferry-keys/*.signer > "$K/allowed_signers"
    cat .labferry-keys/*.revoked > "$K/revoked_keys" 2> "$K/no_revoked_keys" || true
    cut -d ' ' -f 1,5 "$K/allowed_signers"

The last command lists who signs here, and the fingerprint of each key. Compare them with what the
instrument's PC says (\`labferry installation show\`) or with what was written down when it was set up:
whoever can write in this folder can put keys of their own here, and only that comparison shows it.


2. A RUN

Put the run's folder in the place of the example:

    RUN='PROJECT/Runs/Run_2026-04-17T14-32'

Who says that the run arrived whole, and is the list still what they signed? The answer must begin with
"Good".

${checked("checksums.sha256", NAMESPACES.manifest)}

Is every file still what the list says? Silence, then the sentence:

    (cd "$RUN" && sha256sum --check --strict --quiet .exlab-wizard/checksums.sha256) && echo 'every file is as it was proven'

Of a file that is in the folder and not in the list nothing is said: it came there otherwise, or later.


3. A DELETION

Only where the local copy was let go. Both answers must begin with "Good":

${checked("cleanup_certificate.json", NAMESPACES.deletion)}
${checked("cleanup_outcome.json", NAMESPACES.deletion)}

The hashes that tie the three together:

    sha256sum "$RUN/.exlab-wizard/checksums.sha256" "$RUN/.exlab-wizard/cleanup_certificate.json"
    cat "$RUN/.exlab-wizard/cleanup_certificate.json" "$RUN/.exlab-wizard/cleanup_outcome.json"

The first hash is "manifest_sha256" of the certificate, the second "certificate_sha256" of the outcome.
A run that was changed after its deletion has a newer list: the one that the certificate means is
below .labferry-superseded, under the run's own path.


4. A RUN'S HISTORY

${checked("history.jsonl", NAMESPACES.trail)}

One line an event, oldest first. It comes some minutes after the run itself: while there is no
history.jsonl yet, these commands find no file, and there is nothing to check. It is extended now and
then; between the extension and its signature lie some seconds, so an answer that is not "Good" is
asked for again a minute later.


5. A REPORT

Put the report's folder in the place of the example (the host's name, the report's id):

    REPORT='.labferry-fleet/flow-pc/reports/8c7e9d2f-1a4b-4e6c-9b3d-7f2a1e5d8c4b'

${verified('"$REPORT/trail.sha256"', NAMESPACES.trail)}
    (cd "$REPORT" && sha256sum --check --strict --quiet trail.sha256) && echo 'outline and history are as they were signed'

In the history (audit.jsonl) each line carries the hash of the one before it; certificates quote the
last hash there was ("report_chain_head").


WHAT THIS PROVES

That the installation of labferry whose key it is said this, and that nobody without that key changed it
since. It does not prove that the instrument measured well, it does not hold against an administrator
of the instrument's PC (who has the key), and it is no person's signature.

The time below a signature ("signed-at") is the PC's own clock. It is not covered by the signature: it is
there because a key is valid for two years, and an older signature must be checked as of its own time
(-Overify-time). A key that leaked is in .labferry-keys/*.revoked; what it signed is refused.
`;
}

/** The commands for one of the run's records. */
function checked(name: string, namespace: string): string {
  return verified(`"$RUN/.exlab-wizard/${name}"`, namespace);
}

function verified(file: string, namespace: string): string {
  return `    F=${file}
    WHEN=$(tail -n 1 "$F.sig" | cut -d ' ' -f 2)
    WHO=$(ssh-keygen -Y find-principals -f "$K/allowed_signers" -s "$F.sig" -Overify-time="$WHEN")
    ssh-keygen -Y verify -f "$K/allowed_signers" -r "$K/revoked_keys" -I "$WHO" -n ${namespace} -Overify-time="$WHEN" -s "$F.sig" < "$F"`;
}
