// Starts `claimflow rules lsp` and lets VS Code speak with it. Everything else is in the server.
"use strict";

const { window, workspace } = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

/** @type {LanguageClient | undefined} */
let client;

/** Files that the checker looks at: a change in one can make or mend a fault in another. */
const WATCHED = "**/{claimflow.yaml,rules.yaml,routing.csv,payers/**,workflows/**,registers/**,pack.yaml,rules/**,tables/**,decisions/**,cases/**}";

exports.activate = async function activate(context) {
    const command = workspace.getConfiguration("claimflow").get("command") || "claimflow";
    const run = { command, args: ["rules", "lsp"], transport: TransportKind.stdio };
    const yaml = (pattern) => ({ scheme: "file", language: "yaml", pattern });
    const csv = (pattern) => ({ scheme: "file", pattern });
    client = new LanguageClient(
        "claimflow",
        "Claimflow",
        { run, debug: run },
        {
            documentSelector: [
                { scheme: "file", language: "claimflow-rules" },
                yaml("**/{claimflow,rules,pack}.{yaml,yml}"),
                yaml("**/{cases,workflows}/**/*.{yaml,yml}"),
                csv("**/{routing,categories}.csv"),
                csv("**/{tables,decisions,registers}/*.csv"),
            ],
            synchronize: { fileEvents: workspace.createFileSystemWatcher(WATCHED) },
        },
    );
    context.subscriptions.push({ dispose: () => client && client.stop() });
    try {
        await client.start();
    } catch (error) {
        window.showErrorMessage(
            `claimflow could not be started as \`${command}\`: ${error}. Set \`claimflow.command\` to the program's path.`,
        );
    }
};

exports.deactivate = function deactivate() {
    return client ? client.stop() : undefined;
};
