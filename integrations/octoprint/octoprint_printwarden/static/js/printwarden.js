/* Copyright (C) 2026 the Printwarden authors. SPDX-License-Identifier: AGPL-3.0-or-later */
$(function () {
    "use strict";
    const WORDS = {
        held: "Held", checking: "Checking", hold: "Held", allow: "Released", allowed: "Printing",
        stopped: "Stopped", refuse: "Refused", pause: "Paused", cancel: "Cancelled",
        quickstop: "Stopped at once", emergency: "Emergency stop", resume: "Goes on",
        upload: "Upload", guard: "Guard", "go-on": "Goes on unwatched",
    };
    const HINTS = {
        held: "Nothing of it has been sent to the printer.",
        allowed: "The guard compares what is printed with what it let go.",
        stopped: "It will not go on.",
    };

    const PICTURE = "api/plugin/printwarden?picture=";

    function PrintwardenViewModel() {
        const self = this;
        self.job = ko.observable(null);
        self.findings = ko.observableArray([]);
        self.trouble = ko.observable("");
        self.picture = ko.observable("");
        self.mayRelease = ko.observable(false);
        self.why = ko.observable("");
        self.word = (what) => WORDS[what] || what;
        self.hint = (state) => HINTS[state] || "";

        self.refresh = function () {
            OctoPrint.simpleApiGet("printwarden").done(function (answer) {
                self.job(answer.job);
                self.findings(answer.findings);
                self.trouble(answer.trouble ? "The guard does not answer: " + answer.trouble : "");
                const seen = answer.job && answer.job.verdict && answer.job.verdict !== "clear";
                self.picture(seen ? PICTURE + answer.job.id : "");
                self.mayRelease(answer.may_release);
            });
        };

        self.release = function () {
            OctoPrint.simpleApiCommand("printwarden", "release", { why: self.why().trim() })
                .done(() => self.why(""))
                .fail((answer) => self.trouble("Not released: " + (answer.responseText || answer.status)))
                .always(self.refresh);
        };

        self.onUserLoggedIn = self.onUserLoggedOut = self.onTabChange = self.refresh;
        self.onEventPrinterStateChanged = self.refresh;

        self.onDataUpdaterPluginMessage = function (plugin, message) {
            if (plugin !== "printwarden") {
                return;
            }
            if (message.text) {
                new PNotify({ title: "Printwarden", text: _.escape(message.text), hide: false });
            }
            self.refresh();
        };
    }

    OCTOPRINT_VIEWMODELS.push({ construct: PrintwardenViewModel, elements: ["#printwarden"] });
});
