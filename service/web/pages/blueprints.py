"""All pages, in one list."""

from __future__ import annotations

from flask import Flask

from service.web.pages import frame
from service.web.pages.access import access
from service.web.pages.account import account
from service.web.pages.audit_log import audit_log
from service.web.pages.case import case
from service.web.pages.cases import cases
from service.web.pages.copies import copies
from service.web.pages.counting import counting
from service.web.pages.dialogue import dialogue
from service.web.pages.emergencies import emergencies
from service.web.pages.entity import entity
from service.web.pages.exports import exports
from service.web.pages.feedback import feedback
from service.web.pages.figures import figures
from service.web.pages.files import files
from service.web.pages.forms import forms
from service.web.pages.given_outside import given_outside
from service.web.pages.holds import holds
from service.web.pages.keying import keying
from service.web.pages.list_files import list_files
from service.web.pages.lists import lists
from service.web.pages.meeting_quotes import meeting_quotes
from service.web.pages.moving import moving
from service.web.pages.moving_casualties import moving_casualties
from service.web.pages.moving_files import moving_files
from service.web.pages.own_page import own_page
from service.web.pages.partners import partners
from service.web.pages.passkeys import passkeys
from service.web.pages.people import people
from service.web.pages.person_search import person_search
from service.web.pages.persons import persons
from service.web.pages.petition import petition
from service.web.pages.phone import phone
from service.web.pages.phones import phones
from service.web.pages.products import products
from service.web.pages.promises import promises
from service.web.pages.readings import readings
from service.web.pages.reference import reference
from service.web.pages.releases import releases
from service.web.pages.removing import removing
from service.web.pages.retention import retention
from service.web.pages.reviewing import reviewing
from service.web.pages.scripts import scripts
from service.web.pages.second_factor import second_factor
from service.web.pages.sent import sent
from service.web.pages.shared import shared
from service.web.pages.sheets import sheets
from service.web.pages.sign_in import sign_in
from service.web.pages.stories import stories
from service.web.pages.story import story
from service.web.pages.story_desk import story_desk
from service.web.pages.story_files import story_files
from service.web.pages.submissions import submissions
from service.web.pages.taking_back import taking_back
from service.web.pages.tally import tally
from service.web.pages.telling import telling
from service.web.pages.today import today
from service.web.pages.trash import trash
from service.web.pages.treaty import treaty
from service.web.pages.trustees import trustees
from service.web.pages.withdrawals import withdrawals


def install(app: Flask) -> None:
    frame.install(
        app,
        today,
        figures,
        counting,
        submissions,
        removing,
        reviewing,
        cases,
        case,
        treaty,
        sheets,
        petition,
        keying,
        stories,
        story,
        story_desk,
        story_files,
        tally,
        sent,
        telling,
        trash,
        copies,
        persons,
        person_search,
        exports,
        files,
        forms,
        trustees,
        lists,
        list_files,
        moving,
        moving_casualties,
        moving_files,
        entity,
        phones,
        phone,
        scripts,
        withdrawals,
        taking_back,
        own_page,
        retention,
        holds,
        people,
        given_outside,
        access,
        readings,
        audit_log,
        emergencies,
        sign_in,
        second_factor,
        account,
        passkeys,
        reference,
        releases,
        dialogue,
        products,
        promises,
        meeting_quotes,
        partners,
        shared,
        feedback,
    )
