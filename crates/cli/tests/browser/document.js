// Opens the page at `/`, starts the example on a text, and prints the final content of the page:
// {"statuses": ["Running", …, "Done"], "steps": ["generate_content", …], "draft": "…", "result": "…", "errors": []}
// The draft is the text that arrived piece by piece.
//
// Arguments: the page's URL, the text, the instruction. BROWSER_PROGRAM names the browser.
"use strict";

const { chromium } = require("playwright-core");

async function main(url, text, instruction) {
  const browser = await chromium.launch({
    executablePath: process.env.BROWSER_PROGRAM,
    // Chromium's sandbox does not work for root or in most containers, and the page is our own.
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(20_000);
    const errors = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    await page.goto(url);
    await page.getByLabel("Text", { exact: true }).fill(text);
    await page.getByLabel("Instruction").fill(instruction);
    await page.getByRole("button", { name: "Start" }).click();
    const log = page.getByRole("log");
    await log.getByText("Done", { exact: true }).waitFor();
    const rows = log.locator("li:not(.note)");
    console.log(
      JSON.stringify({
        statuses: await rows.locator(".status").allTextContents(),
        steps: await rows.locator(".status + span").allTextContents(),
        draft: await log.locator("pre.draft").textContent(),
        result: await log.locator(".result pre").textContent(),
        errors,
      }),
    );
  } finally {
    await browser.close();
  }
}

main(...process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
