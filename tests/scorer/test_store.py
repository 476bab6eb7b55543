"""A scorer's folder: what is read from it and how it is named, and all that is refused."""

import importlib.metadata
import json
import pickle
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import skops.io
from pandas.testing import assert_frame_equal
from tests.scorer.plans import KMEANS

from clientscape import __version__
from clientscape.faults import InputError
from clientscape.scorer import versions
from clientscape.scorer.manifest import MANIFEST, seal
from clientscape.scorer.model import Scorer
from clientscape.scorer.store import PARTS, PLAN, load, open_folder, save

RUN = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def scorer(shop, window):
    return Scorer(KMEANS).fit(shop, window)


@pytest.fixture(scope="module")
def exported(scorer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported")
    save(scorer, folder, {"model": "shop", "run_id": RUN, "data": "0123"})
    return folder


@pytest.fixture
def folder(exported, tmp_path):
    return shutil.copytree(exported, tmp_path / "copy")


def as_mlflow_exports(folder: Path, to: Path) -> Path:
    """The folder inside one as MLflow leaves it; what else is there is not read."""
    shutil.copytree(folder, to / "artifacts" / "scorer")
    (to / "MLmodel").write_text("flavors: {}")
    return to


class TestWhatAModelSays:
    def test_facts_stand_in_the_plan_file(self, exported, scorer):
        written = json.loads((exported / PLAN).read_text())
        assert written["format"] == versions.FORMAT
        assert written["clientscape"] == __version__
        assert written["versions"]["scikit-learn"] == importlib.metadata.version("scikit-learn")
        assert [use["use"] for use in written["plan"]["features"]] == [use.use for use in KMEANS.features]
        assert written["plan"]["rules"]["use"] == "putler11"
        facts = written["facts"]
        assert facts == scorer.facts | {"model": "shop", "run_id": RUN, "data": "0123"}
        assert facts["unit"] == "EUR, smallest unit 0.01"
        assert (facts["as_of"], facts["covers"]) == ("2025-04-01", ["2024-01-01", "2025-07-01"])
        assert {"source", "currency", "row_is", "records", "attributes", "next_segment_id"} <= set(facts)

    def test_without_a_registry_the_version_is_a_checksum_and_the_run_that_of_training(self, exported, folder):
        first, second = open_folder(exported), open_folder(folder)
        assert re.fullmatch("sha256:[0-9a-f]{12}", first.version)
        assert first.version == second.version
        assert first.run_id == second.run_id == RUN

    def test_another_model_has_another_checksum(self, scorer, exported, tmp_path):
        save(scorer, tmp_path / "other", {"run_id": "another"})
        assert open_folder(tmp_path / "other").version != open_folder(exported).version

    def test_a_folder_of_mlflow_is_opened_and_what_a_download_notes_is_its_version(
        self, exported, tmp_path, shop, window
    ):
        folder = as_mlflow_exports(exported, tmp_path / "downloaded")
        assert open_folder(folder).version == open_folder(exported).version
        for note, version in (("model_name: shop\nmodel_version: '12'\n", "12"), ("{", None), ("12", None), ("", None)):
            (folder / "registered_model_meta").write_text(note)
            assert open_folder(folder).version == (version or open_folder(exported).version)
        one, other = (open_folder(each).scorer.score(shop, window.as_of) for each in (folder, exported))
        assert_frame_equal(one, other, check_exact=True)

    def test_it_is_read_where_nothing_of_training_is_installed(self, exported, tmp_path):
        folder = as_mlflow_exports(exported, tmp_path / "model")
        code = f"""
import sys
sys.modules |= dict.fromkeys(["mlflow", "umap", "matplotlib", "hdbscan", "optuna"])
from pathlib import Path
from clientscape.track.model import load_model
print(load_model({str(folder)!r}, Path("runs")).version)
"""
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == open_folder(exported).version


class TestOtherVersions:
    """What is written is changed and sealed anew: a folder that is whole, made elsewhere."""

    @pytest.fixture
    def made(self, folder):
        def make(**changed):
            written = json.loads((folder / PLAN).read_text())
            written["versions"] |= changed.pop("versions", {})
            (folder / PLAN).write_text(json.dumps({k: v for k, v in (written | changed).items() if v is not None}))
            seal(folder)
            return folder

        return make

    @pytest.mark.parametrize(("number", "found"), [(None, "no format number"), (0, "format 0"), (99, "format 99")])
    def test_another_format_is_refused_with_what_to_install(self, made, number, found):
        with pytest.raises(InputError) as refused:
            load(made(format=number, clientscape="0.7.1"))
        (fault,) = refused.value.faults
        assert fault.found == found
        assert fault.expected == f"format {versions.FORMAT}, which clientscape {__version__} reads"
        assert fault.cure.startswith("pip install 'clientscape==0.7.1'")

    def test_all_libraries_that_must_agree_are_named(self, made):
        with pytest.raises(InputError) as refused:
            load(made(versions={"scikit-learn": "1.2.3", "numpy": "1.26.4", "pandas": "2.0.0"}))
        assert [fault.cure for fault in refused.value.faults] == [
            "pip install 'scikit-learn==1.2.3'",
            "pip install 'numpy==1.26.4'",
        ]
        assert refused.value.faults[0].expected == "1.2, with which the model was trained"

    def test_a_later_bugfix_of_them_is_not_refused(self, made, monkeypatch):
        installed = importlib.metadata.version("scikit-learn").split(".")
        assert load(made(versions={"scikit-learn": ".".join([*installed[:2], "99"])})).plan == KMEANS


class Touching:
    """A pickle of it makes a file when it is read."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self):
        return Path.touch, (self.file,)


class TestSmuggledPickles:
    @pytest.fixture
    def touched(self, tmp_path):
        return tmp_path / "touched"

    @pytest.fixture
    def payload(self, touched):
        made = pickle.dumps(Touching(touched))
        pickle.loads(made)
        assert touched.exists()
        touched.unlink()
        return made

    def test_one_beside_the_files_is_refused(self, folder, payload, touched):
        (folder / "model.pkl").write_bytes(payload)
        with pytest.raises(InputError, match=r"model\.pkl: found a file that was not exported"):
            load(folder)
        assert not touched.exists()

    def test_one_in_place_of_the_parts_is_no_model_even_if_it_is_sealed(self, folder, payload, touched):
        (folder / PARTS).write_bytes(payload)
        seal(folder)
        with pytest.raises(InputError, match="a whole model"):
            load(folder)
        assert not touched.exists()

    def test_one_beside_the_scorer_in_a_folder_of_mlflow_is_refused(self, folder, payload, touched, tmp_path):
        whole = as_mlflow_exports(folder, tmp_path / "model")
        (whole / "artifacts" / "python_model.pkl").write_bytes(payload)
        with pytest.raises(
            InputError, match=r"python_model\.pkl: found what was not exported; expected `scorer` alone"
        ):
            open_folder(whole)
        assert not touched.exists()


class Smuggled:
    def __init__(self):
        self.payload = "anything"


class TestStoredFiles:
    @pytest.mark.parametrize("name", [PARTS, PLAN, MANIFEST])
    def test_a_missing_file_is_refused(self, folder, name):
        (folder / name).unlink()
        with pytest.raises(InputError, match="found no file"):
            load(folder)

    def test_all_that_is_wrong_with_a_folder_is_told_at_once(self, folder):
        (folder / PARTS).unlink()
        (folder / PLAN).write_text((folder / PLAN).read_text().replace("EUR", "USD"))
        (folder / "more").mkdir()
        (folder / "more/payload.pkl").write_bytes(b"anything")
        with pytest.raises(InputError) as refusal:
            load(folder)
        told = {fault.where.removeprefix(f"{folder}/"): fault.found.split()[0] for fault in refusal.value.faults}
        assert told == {"more/payload.pkl": "a", PARTS: "no", PLAN: "checksum"}

    @pytest.mark.parametrize("where", ["nowhere", "a file"])
    def test_what_is_no_folder_of_a_model_is_refused(self, tmp_path, where):
        (tmp_path / "a file").write_text("x")
        with pytest.raises(InputError, match="give the folder of an exported model"):
            load(tmp_path / where)

    @pytest.mark.parametrize("name", [PARTS, PLAN, MANIFEST])
    @pytest.mark.parametrize("share", [0, 0.5, 0.99])
    def test_a_truncated_file_is_refused(self, folder, name, share):
        whole = (folder / name).read_bytes()
        (folder / name).write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(InputError, match="a whole model"):
            load(folder)

    @pytest.mark.parametrize("name", [PARTS, PLAN])
    def test_one_byte_changed_is_refused(self, folder, name):
        whole = (folder / name).read_bytes()
        for at in np.linspace(0, len(whole) - 1, 20).astype(int):
            (folder / name).write_bytes(whole[:at] + bytes([whole[at] ^ 0x01]) + whole[at + 1 :])
            with pytest.raises(InputError, match="checksum"):
                load(folder)

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"sha256": {}}', '{"sha256": 3}', "\x00\x01"])
    def test_another_manifest_is_refused(self, folder, text):
        (folder / MANIFEST).write_text(text)
        with pytest.raises(InputError, match="a whole model"):
            load(folder)

    @pytest.mark.parametrize(
        "text", ["", "[]", '{"format": 1}', '{"format": 1, "versions": {}, "plan": 3}', "\x00\x01"]
    )
    def test_another_plan_file_is_refused_even_if_it_is_sealed(self, folder, text):
        (folder / PLAN).write_text(text)
        seal(folder)
        with pytest.raises(InputError, match="a whole model"):
            load(folder)

    @pytest.mark.parametrize("key", ["plan", "facts"])
    def test_a_plan_file_that_lacks_a_part_is_refused(self, folder, key):
        written = json.loads((folder / PLAN).read_text())
        del written[key]
        (folder / PLAN).write_text(json.dumps(written))
        seal(folder)
        with pytest.raises(InputError, match="a whole model"):
            load(folder)

    @pytest.mark.parametrize("thing", [Smuggled(), subprocess.run], ids=["type", "function"])
    def test_a_smuggled_type_is_refused_by_name(self, folder, scorer, thing):
        skops.io.dump({**scorer.parts, "more": thing}, folder / PARTS)
        seal(folder)
        with pytest.raises(InputError, match=r"found type .*(Smuggled|run)"):
            load(folder)

    def test_a_smuggled_type_in_place_of_a_part_is_refused_by_name(self, folder, scorer):
        skops.io.dump({**scorer.parts, "churn": Smuggled()}, folder / PARTS)
        seal(folder)
        with pytest.raises(InputError, match="Smuggled"):
            load(folder)
