"""Policies and models are taken when a trusted key signed them, whole, and never an older one."""

import asyncio
import base64
import hashlib
import io
import json
import shutil
import zipfile
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from printer_guard.copies import Copies
from printer_guard.database import Database
from printer_guard.errors import UpdateRefused
from printer_guard.judge_updates import judging_now, take
from printer_guard.judging import SHIPPED, Judge
from printer_guard.records import Records
from printer_guard.settings import Settings, Updates
from printer_guard.site import Site
from printer_guard.updates import unpack

SIGNER, STRANGER = Ed25519PrivateKey.from_private_bytes(b"s" * 32), Ed25519PrivateKey.generate()
KEY = base64.b64encode(SIGNER.public_key().public_bytes_raw()).decode()
POLICY = b"[policy]\nreview_at = 0.2\n"


def signed(folder: Path, number: int, parts=None, *, signer=SIGNER, kind="policy", **more) -> Path:
    """An update in *folder*."""
    parts = {"policy.toml": POLICY} if parts is None else parts
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in parts.items():
        (folder / name).write_bytes(data)
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in parts.items()}
    index = {"schema": "printwarden.update/1", "kind": kind, "version": number, "files": digests}
    raw = json.dumps(index | more).encode()
    (folder / "update.json").write_bytes(raw)
    (folder / "update.sig").write_bytes(base64.b64encode(signer.sign(raw)))
    return folder


@asynccontextmanager
async def site_at(folder: Path, keys=(KEY,)):
    settings = Settings(state=folder, runtime=folder, updates=Updates(keys=keys))
    database = Database(folder)
    records = Records(database, "shed", reporting=False)
    site = Site(settings, records, Judge(settings.judging, records, folder), Copies(folder / "c"))
    site.judge.settings = await judging_now(site)
    yield site
    database.close()


def taken(folder: Path, *updates: Path, keys=(KEY,)):
    """The judge's settings after a guard with its state in *folder* took *updates*."""

    async def life():
        async with site_at(folder, keys) as site:
            for update in updates:
                await take(site, update)
            return site.judge.settings

    return asyncio.run(life())


def test_a_signed_policy_holds_at_once_and_after_a_restart(tmp_path):
    judging = taken(tmp_path / "state", signed(tmp_path / "u", 1))
    assert Path(judging.policy).read_bytes() == POLICY
    assert taken(tmp_path / "state") == judging


def test_a_signed_model_holds(tmp_path):
    parts = {path.name: path.read_bytes() for path in SHIPPED.iterdir()}
    judging = taken(tmp_path / "state", signed(tmp_path / "u", 3, parts, kind="model"))
    assert judging.bundle == tmp_path / "state" / "updates" / "model-3"


@pytest.mark.parametrize("version", [1, 2])
def test_the_same_or_an_older_version_is_refused(tmp_path, version):
    newest = signed(tmp_path / "new", 2)
    with pytest.raises(UpdateRefused, match="2 is in use"):
        taken(tmp_path / "state", newest, signed(tmp_path / "old", version))


def broken_signature(folder: Path) -> None:
    (folder / "update.sig").write_bytes(base64.b64encode(b"0" * 64))


def changed_index(folder: Path) -> None:
    raw = (folder / "update.json").read_bytes().replace(b'"version": 1', b'"version": 9')
    (folder / "update.json").write_bytes(raw)


def changed_file(folder: Path) -> None:
    (folder / "policy.toml").write_bytes(POLICY + b"\n")


def missing_file(folder: Path) -> None:
    (folder / "policy.toml").unlink()


def foreign(folder: Path) -> None:
    signed(folder, 1, signer=STRANGER)


def way_out(folder: Path) -> None:
    signed(folder, 1, {}, files={"../../evil": "0" * 64})


def hidden(folder: Path) -> None:
    signed(folder, 1, {}, files={".profile": "0" * 64})


def other_schema(folder: Path) -> None:
    signed(folder, 1, schema="printwarden.update/9")


def no_number(folder: Path) -> None:
    signed(folder, 1, version="2")


def no_kind(folder: Path) -> None:
    signed(folder, 1, kind="firmware")


def unusable(folder: Path) -> None:
    signed(folder, 1, {"policy.toml": b"[policy]\nreview_at = 7\n"})


ATTACKS = [
    broken_signature, changed_index, changed_file, missing_file, foreign, way_out, hidden,
    other_schema, no_number, no_kind, unusable,
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_what_is_not_signed_whole_and_usable_is_refused_and_the_old_one_holds(tmp_path, attack):
    before = taken(tmp_path / "state")
    folder = signed(tmp_path / "u", 1)
    attack(folder)
    with pytest.raises(UpdateRefused):
        taken(tmp_path / "state", folder)
    assert taken(tmp_path / "state") == before


def test_without_a_trusted_key_nothing_is_taken(tmp_path):
    with pytest.raises(UpdateRefused, match="signed by nobody"):
        taken(tmp_path / "state", signed(tmp_path / "u", 1), keys=())


def test_an_update_that_is_altered_on_the_disk_is_no_judge(tmp_path):
    judging = taken(tmp_path / "state", signed(tmp_path / "u", 1))
    Path(judging.policy).write_bytes(b"[policy]\nreview_at = 1.0\n")
    assert "altered" in str(taken(tmp_path / "state").bundle)


def test_a_copy_cut_off_by_a_kill_is_no_obstacle(tmp_path):
    shutil.copytree(signed(tmp_path / "u", 1), tmp_path / "state" / "updates" / "policy-1.part")
    shutil.copytree(tmp_path / "u", tmp_path / "state" / "updates" / "policy-1")
    assert taken(tmp_path / "state").policy == ""
    assert taken(tmp_path / "state", tmp_path / "u").policy.endswith("policy-1/policy.toml")


def packed(names) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


def test_a_zip_of_an_update_is_laid_out(tmp_path):
    unpack(packed(["update.json", "update.sig", "policy.toml"]), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "policy.toml", "update.json", "update.sig",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/b", ".hidden", "..\\evil"])
def test_a_zip_lays_nothing_outside_its_folder(tmp_path, name):
    with pytest.raises(UpdateRefused, match="cannot be part"):
        unpack(packed([name]), tmp_path)


@pytest.mark.parametrize("data", [b"", b"PK", b"x" * 1000])
def test_what_is_no_zip_is_refused(tmp_path, data):
    with pytest.raises(UpdateRefused, match="no ZIP"):
        unpack(data, tmp_path)
