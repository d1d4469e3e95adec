"""``aug audit``: words only. What is done with a log is in ``commands.audit``."""

from typing import Annotated

import typer

from aug_assets.commands.spoken import AsJson, console, say, spoken_errors

app = typer.Typer(help="The audit log of a tenant: what was done, when, by whom.", no_args_is_help=True)
Tenant = Annotated[str, typer.Argument(help="the tenant, the first part of a dataset's name")]


@app.command("verify")
def audit_verify(
    tenant: Tenant,
    checkpoints: Annotated[
        list[str] | None, typer.Option(help="a further address of checkpoints; else AUG_CHECKPOINTS")
    ] = None,
    public_key: Annotated[
        list[str] | None, typer.Option(help="a file of a key that signs; else the key of this place")
    ] = None,
) -> None:
    """Hold the log against itself and its signed checkpoints; names the first bad record."""
    from aug_assets.commands.audit import verify as command

    with spoken_errors():
        findings = command(tenant, checkpoints or (), public_key or ())
    say(findings)


@app.command("show")
def audit_show(
    tenant: Tenant,
    action: Annotated[str | None, typer.Option(help="only this action")] = None,
    since: Annotated[str | None, typer.Option(help="from this date or time in UTC on")] = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """List the records of a log."""
    from aug_assets.commands import audit as command

    with spoken_errors():
        for one in command.records(tenant, action, since):
            typer.echo(one.line().decode() if as_json else command.told(one))


@app.command("checkpoint")
def audit_checkpoint(tenant: Tenant) -> None:
    """Sign what the log is now, so that nobody can write it anew unseen."""
    from aug_assets.commands.audit import checkpoint as command

    with spoken_errors():
        made = command(tenant)
    console.print(
        f"{made.size:,} records signed by {made.key_id}: {made.root}", markup=False, highlight=False
    )


@app.command("key")
def audit_key() -> None:
    """Print the public key to verify with; keep it where nobody who can write the lake can write."""
    from resources.signing import signer

    with spoken_errors():
        typer.echo(signer().public_pem(), nl=False)


@app.command("sync")
def audit_sync() -> None:
    """Copy what is new in Dagster's event log into the audit logs."""
    from aug_assets.commands.audit import sync as command

    with spoken_errors():
        counts = command()
    for tenant, count in sorted(counts.items()):
        console.print(f"{tenant}: {count:,} events", markup=False, highlight=False)
