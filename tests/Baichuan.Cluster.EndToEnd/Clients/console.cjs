// Opens the console in a real browser, as somebody would: reads it, asks the model, changes the language. Prints what it saw as JSON.
// node console.cjs MODULES ADDRESS [KEY] [FOLDER for screenshots]
const [, , modules, address, key, folder] = process.argv;
const { chromium } = require(require("node:path").join(modules, "playwright-core"));

async function main() {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"] });
  const page = await browser.newPage({ viewport: { width: 1440, height: 1000 }, colorScheme: "light", locale: "en-GB" });
  const seen = { errors: [], hosts: [] };
  page.on("console", message => message.type() === "error" && seen.errors.push(message.text()));
  page.on("pageerror", error => seen.errors.push(String(error)));
  page.on("request", request => seen.hosts.push(new URL(request.url()).host));
  const picture = async name => folder && page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });

  await page.goto(address);
  if (key) {
    await page.locator("#key").fill("not-the-key-of-anybody");
    await page.keyboard.press("Enter");
    await page.locator("#refusal:not(:empty)").waitFor();
    seen.refusal = await page.locator("#refusal").textContent();
    await picture("sign-in");
    await page.locator("#key").fill(key);
    await page.keyboard.press("Enter");
  }

  // 1. The cluster, live.
  await page.locator("#link.good").waitFor();
  await page.locator(".replica .badge.good").first().waitFor();
  seen.replicas = await page.locator(".replica h3").allTextContents();
  seen.shards = await page.locator(".stages ul li").count();
  seen.silos = await page.locator("#silos tr").count();
  seen.events = await page.locator("#events li").count();

  // 2. A question, by keyboard alone.
  await page.locator("#question").focus();
  await page.keyboard.type("Is cystic fibrosis inherited?");
  await page.keyboard.press("Enter");
  await page.locator("#talk .figures").waitFor();
  seen.answer = await page.locator("#talk .theirs").last().textContent();
  seen.figures = await page.locator("#talk .figures").textContent();
  await page.waitForFunction(() => !document.querySelector("#tiles dd:last-child") || [...document.querySelectorAll(".chart path")].some(path => path.getAttribute("d").includes("L")));
  await page.waitForFunction(() => document.querySelectorAll("#tiles dd")[4].textContent.match(/^[0-9]/));
  await picture("desktop-light-en");

  // 3. The other language, scheme and width; nothing of the page is wider than its window.
  await page.getByRole("button", { name: "中文" }).click();
  seen.language = await page.evaluate(() => document.documentElement.lang);
  seen.untranslated = await page.evaluate(() => [...document.querySelectorAll("h2, dt, th, label, #ask button")].map(element => element.textContent).filter(text => /[a-z]{4}/i.test(text) && !/API|token|silo/i.test(text)));
  await page.emulateMedia({ colorScheme: "dark" });
  await picture("desktop-dark-zh");
  await page.setViewportSize({ width: 390, height: 844 });
  seen.overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  await picture("narrow-dark-zh");
  await page.getByRole("button", { name: "English" }).click();
  await page.emulateMedia({ colorScheme: "light" });
  await picture("narrow-light-en");

  // 4. Every text against its ground, in both schemes, by the rule of WCAG.
  seen.faint = [];
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    seen.faint.push(...(await page.evaluate(faint)).map(text => `${colorScheme}: ${text}`));
  }

  // 5. Everything that can be used has a name.
  seen.nameless = await page.evaluate(() => [...document.querySelectorAll("button, input, textarea, [role=img]")]
    .filter(element => !(element.textContent.trim() || element.getAttribute("aria-label") || element.labels?.length)).map(element => element.outerHTML));
  await browser.close();
  console.log(JSON.stringify(seen));
}

function faint() {
  const channels = color => color.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map(c => c / 255).map(c => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const groundOf = element => {
    for (; element; element = element.parentElement) {
      const ground = channels(getComputedStyle(element).backgroundColor);
      if (ground.length < 4 || ground[3] === 1) return ground;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll("body *")]
    .filter(element => element.checkVisibility() && !element.disabled && [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()))
    .map(element => {
      const style = getComputedStyle(element);
      const [a, b] = [luminance(channels(element.closest("svg") ? style.fill : style.color)), luminance(groundOf(element))];
      return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), element.textContent.trim().slice(0, 40)];
    })
    .filter(([contrast]) => contrast < 4.5)
    .map(([contrast, text]) => `${contrast.toFixed(2)} ${text}`);
}

main().catch(error => {
  console.error(error);
  process.exit(1);
});
