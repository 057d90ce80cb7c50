// Voice and film, recorded in the page: begun and ended by hand, heard before it is kept, thrown away
// with one press. What was recorded becomes the file of its field, and waits locked like any other.
// Only where the browser records in a form (WebM) of which clean copies can be made.
"use strict";
const Recording = (() => {
  const WAYS = {
    sound: { type: "audio/webm;codecs=opus", wants: { audio: true }, bits: { audioBitsPerSecond: 32000 } },
    film: {
      type: "video/webm;codecs=vp8,opus",
      wants: { audio: true, video: { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { max: 24 } } },
      bits: { audioBitsPerSecond: 32000, videoBitsPerSecond: 600000 },
    },
  };
  const SLICE_MS = 1000;
  let running = null;

  const canRecord = (way) => Boolean(
    way && window.MediaRecorder && navigator.mediaDevices && MediaRecorder.isTypeSupported(way.type),
  );

  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds) % 60).padStart(2, "0")}`;

  const one = (box, say, changed) => {
    const field = document.getElementById(box.dataset.for);
    const way = WAYS[box.dataset.records];
    const part = (name) => box.querySelector(`[data-does=${name}]`);
    const most = Number(field.dataset.most);

    // What was chosen or recorded, to be heard or seen here.
    const show = () => {
      const [file] = field.files;
      for (const old of part("shown").children) URL.revokeObjectURL(old.src);
      part("shown").replaceChildren();
      part("discard").hidden = !file;
      const tag = { a: "audio", v: "video" }[file ? file.type[0] : ""];
      if (tag) {
        const player = document.createElement(tag);
        player.controls = true;
        player.src = URL.createObjectURL(file);
        part("shown").append(player);
      }
      changed();
    };
    const tell = (key) => {
      part("problem").textContent = key ? say(key) : "";
      part("problem").hidden = !key;
    };

    const record = async () => {
      if (running) return;
      tell("");
      let stream = null;
      try { stream = await navigator.mediaDevices.getUserMedia(way.wants); } catch { tell("recording"); return; }
      const recorder = new MediaRecorder(stream, { mimeType: way.type, ...way.bits });
      const pieces = [];
      let size = 0;
      const began = performance.now();
      const seen = document.createElement("video");
      if (way.wants.video) {
        seen.muted = seen.autoplay = seen.playsInline = true;
        seen.srcObject = stream;
        part("shown").replaceChildren(seen);
      }
      recorder.addEventListener("dataavailable", ({ data }) => {
        pieces.push(data);
        size += data.size;
        part("time").textContent = clock((performance.now() - began) / 1000);
        if (size > most * 0.97 && recorder.state === "recording") recorder.stop();
      });
      recorder.addEventListener("stop", () => {
        running = null;
        for (const track of stream.getTracks()) track.stop();
        seen.srcObject = null;
        const type = way.type.split(";")[0];
        const held = new DataTransfer();
        held.items.add(new File([new Blob(pieces, { type })], "recorded.webm", { type }));
        field.files = held.files;
        if (size > most * 0.97) tell("tooLarge");
        part("record").hidden = false;
        part("end").hidden = true;
        show();
      });
      running = recorder;
      recorder.start(SLICE_MS);
      part("time").textContent = clock(0);
      part("record").hidden = true;
      part("end").hidden = false;
      part("end").focus();
    };

    box.hidden = false;
    if (canRecord(way)) {
      part("record").addEventListener("click", record);
      part("end").addEventListener("click", stop);
    } else if (way) part("record").hidden = true;
    part("discard").addEventListener("click", () => {
      field.value = "";
      if (part("time")) part("time").textContent = "";
      show();
    });
    field.addEventListener("change", show);
    field.form.addEventListener("reset", () => { stop(); setTimeout(() => { tell(""); show(); }); });
  };

  const stop = () => { if (running && running.state !== "inactive") running.stop(); };
  // Until what was recorded has become a file.
  const ended = () => new Promise((done) => {
    if (!running) return done();
    running.addEventListener("stop", () => setTimeout(done));
    return stop();
  });
  const begin = (form, say, changed) => {
    for (const box of form.querySelectorAll(".recorder")) one(box, say, changed);
  };
  return { begin, stop, ended };
})();
