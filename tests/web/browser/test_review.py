"""A person in a browser: first start, review by keyboard, appeal, permit, two persons."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.web.people import PASSWORD
from web.auth import one_time
from web.models.decisions import Choice, Remark, Ruling, Standing
from web.models.people import Purpose, Role

pytestmark = pytest.mark.slow


def test_the_first_start_makes_an_administrator_who_sees_the_queue(page_of, database, site):
    with database.writing() as session:
        token = one_time.issue(session, site, Purpose.FIRST_ADMINISTRATOR)
    page = page_of()
    page.goto(f"/start/{token}")
    page.get_by_label("Your name").fill("Ann Archer")
    page.get_by_label("Name to sign in with").fill("ann")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    page.get_by_role("link", name="Queue").click()
    page.get_by_role("heading", name="Nothing here").wait_for()
    page.goto(f"/start/{token}")
    page.get_by_role("heading", name="This was not done").wait_for()


def test_a_review_needs_no_mouse(signed_in_page, hold, held, state_of, database):
    other = hold("cup.gcode", verdict="flagged")
    page = signed_in_page()
    page.keyboard.press("j")  # the newest: cup.gcode
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("a")
    page.get_by_role("dialog").wait_for()
    page.keyboard.type("A cup, I have seen it")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Done; the guard is being told.").wait_for()
    assert state_of(other) == "released"
    page.wait_for_load_state()  # keys are heard from then on
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=held.name).wait_for()
    page.wait_for_load_state()  # keys work once the scripts are there
    page.keyboard.press("d")
    page.keyboard.type("Not on this printer")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Done; the guard is being told.").wait_for()
    assert state_of(held) == "denied"
    with database.session() as session:
        why = {row.choice: row.why for row in session.query(Ruling)}
    assert why == {
        Choice.APPROVE_ONCE: "A cup, I have seen it",
        Choice.DENY: "Not on this printer",
    }


def test_dragging_through_the_layers_tells_layer_and_score(signed_in_page, held):
    page = signed_in_page()
    page.goto(f"/jobs/{held.id}")
    slider = page.get_by_label("Layer")
    slider.focus()
    page.keyboard.press("Home")
    told = page.locator("#growth-0 output")
    page.wait_for_function("document.querySelector('#growth-0 output').value.startsWith('layer')")
    first = told.inner_text()
    page.keyboard.press("ArrowRight")
    assert told.inner_text() != first
    assert "score 0." in told.inner_text()
    heat = page.locator(".heat").first
    assert heat.is_visible()
    page.keyboard.press("h")
    assert not heat.is_visible()


def test_the_solid_is_drawn_in_three_dimensions(signed_in_page, held):
    page = signed_in_page()
    page.goto(f"/jobs/{held.id}")
    drawn = """() => {
        const canvas = document.querySelector('.scene canvas');
        const copy = document.createElement('canvas');
        [copy.width, copy.height] = [canvas.width, canvas.height];
        const context = copy.getContext('2d');
        context.drawImage(canvas, 0, 0);
        const pixels = context.getImageData(0, 0, copy.width, copy.height).data;
        return pixels.filter((value, at) => at % 4 === 3 && value > 0).length > 2000;
    }"""
    if page.evaluate("!document.createElement('canvas').getContext('webgl2')"):
        pytest.skip("this Chromium has no WebGL")
    page.wait_for_function(drawn)


def test_who_was_denied_objects_and_the_job_comes_back(
    signed_in_page, page_of, held, state_of, database
):
    reviewer = signed_in_page()
    reviewer.goto(f"/jobs/{held.id}")
    reviewer.get_by_text("Link for the submitter").click()
    link = reviewer.get_by_role("textbox", name="Link for the submitter").input_value()
    reviewer.keyboard.press("Escape")
    reviewer.locator("#choice-deny summary").click()
    reviewer.locator("#choice-deny button").click()
    reviewer.get_by_text("Done; the guard is being told.").wait_for()
    submitter = page_of("phone")
    submitter.goto("/appeal/" + link.rpartition("/appeal/")[2])
    submitter.get_by_label("What is it").fill("A stand for my headphones")
    submitter.get_by_role("button", name="Send it").click()
    submitter.get_by_text("Thank you.").wait_for()
    assert state_of(held) == "blocked"
    with database.session() as session:
        assert session.query(Remark).one().text == "A stand for my headphones"
    reviewer.reload()
    reviewer.get_by_text("A stand for my headphones").wait_for()


def test_a_permit_holds_for_the_next_job_of_the_same_bytes(
    signed_in_page, held, hold, state_of, database
):
    page = signed_in_page(size="phone")
    page.goto(f"/jobs/{held.id}")
    page.locator("#choice-permit summary").click()
    form = page.locator("#choice-permit")
    form.get_by_label("Who").fill("Ben Baker")
    form.get_by_label("What").fill("props for the school play")
    until = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    form.get_by_label("Until the end of").fill(until)
    form.get_by_label("Reason").fill("The theatre class, until the première")
    form.get_by_role("button", name="Permit").click()
    page.get_by_text("Done; the guard is being told.").wait_for()
    again = hold("stand-2.gcode", verdict="flagged", submitter="Ben Baker")
    assert [state_of(held), state_of(again)] == ["released", "released"]
    with database.session() as session:
        assert session.query(Standing).one().what == "props for the school play"


def test_a_flagged_job_is_released_by_two_people(signed_in_page, hold, state_of):
    flagged = hold("prop.gcode", verdict="flagged")
    boss = signed_in_page("ann", Role.ADMINISTRATOR)
    boss.goto("/people")
    boss.get_by_label("A flagged job is released by two people").check()
    boss.get_by_role("button", name="Save").click()

    def agree(page, why):
        page.goto(f"/jobs/{flagged.id}")
        page.locator("#choice-approve-once").get_by_label("Reason").fill(why)
        page.locator("#choice-approve-once button").click()

    agree(boss, "A prop, seen it")
    boss.get_by_text("Noted; it waits for an answer.").wait_for()
    agree(boss, "I say it again")
    boss.get_by_text("A second person has to agree; you were the first.").wait_for()
    assert state_of(flagged) == "second"
    second = signed_in_page("ben", size="phone")
    agree(second, "Agreed")
    second.get_by_text("Done; the guard is being told.").wait_for()
    assert state_of(flagged) == "released"


def test_a_job_that_arrives_is_shown_without_reloading(signed_in_page, hold):
    page = signed_in_page()
    page.get_by_text("live", exact=True).wait_for()
    hold("vase.gcode", verdict="review")
    page.get_by_role("link", name="vase.gcode").wait_for()


def test_without_scripts_everything_can_be_decided(signed_in_page, held, state_of):
    page = signed_in_page(java_script_enabled=False)
    page.get_by_role("link", name=held.name).click()
    page.locator("#choice-approve-once button").click()
    page.get_by_text("Done; the guard is being told.").wait_for()
    assert state_of(held) == "released"


def test_several_jobs_are_decided_at_once(signed_in_page, hold, state_of):
    jobs = [hold(name, verdict="review") for name in ("a.gcode", "b.gcode")]
    page = signed_in_page()
    for job in jobs:
        page.get_by_label(f"Choose {job.name}").check()
    page.get_by_role("button", name="Approve those once").click()
    page.get_by_text("2 decided.").wait_for()
    assert [state_of(job) for job in jobs] == ["released", "released"]
