drawHead();
drawNext();
drawOverview();
drawVisits();
drawSteps();
drawBudgets();
document.addEventListener('keydown', onKey);
if (/^#p\d+\.v\d+$/.test(location.hash)) openVisit(location.hash.slice(1));
