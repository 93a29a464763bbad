//! What all endpoints of a community have in common: a part of its page, made once for all who ask.

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::response::Response;
use dashboards::figure::Period;
use dashboards::locale::Locale;
use dashboards::page::energy::amounts::{self, AmountsView};
use dashboards::page::energy::community;
use dashboards::page::energy::community::CommunityView;
use dashboards::urls::Urls;
use engine::calendar::local_day;
use engine::clock::Micros;

use super::address::Address;
use super::view;
use crate::http::body::Body;
use crate::http::pages::{Figured, Key, MINUTE, Part, Subject};
use crate::http::refusal::Refusal;
use crate::http::{Current, Site};
use crate::read::figures::Figures;
use crate::read::{Reader, View};

/// One page, still to be made.
#[derive(Clone)]
struct Wanted {
    site: Site,
    current: Arc<Current>,
    figured: Figured,
    locale: Locale,
    now: Micros,
}

/// Answers with a part of the page that an address names.
///
/// # Errors
/// A refusal in the reader's language.
pub async fn with(site: Site, address: Address, part: Part, headers: &HeaderMap) -> Result<Response, Refusal> {
    let (locale, damaged) = (address.locale.clone(), site.current.borrow().damaged.get(&address.community).cloned());
    let made = made(site, address, part).await;
    let refused = |refusal: Refusal| refusal.needing(damaged.as_ref()).in_language(&locale);
    made.map(|body| body.answer(headers)).map_err(refused)
}

async fn made(site: Site, address: Address, part: Part) -> Result<Body, Refusal> {
    let current = Arc::clone(&site.current.borrow());
    let community = current.registry.communities.get(&address.community).ok_or_else(Refusal::not_found)?;
    let zone = engine::calendar::zone(&community.timezone)?;
    // Pages tell the time by the minute.
    let now = site.installation.clock.now().div_euclid(MINUTE) * MINUTE;
    let period = address.asked.period(local_day(zone, now));
    // Of a time that is over, its last readings awaited, the clock changes nothing any more.
    let grace = 2 * i64::from(community.interval_minutes) * MINUTE;
    let at = (period.span(zone).end + grace > now).then_some(now);
    let figured = Figured { community: address.community, period };
    let subject = Subject::Of(figured.clone(), part);
    let key = Key { set: current.number, subject, locale: address.locale.clone(), at };
    let wanted = Wanted { site: site.clone(), current, figured, locale: address.locale, now };
    site.pages.page(key, || wanted.make(part)).await
}

impl Wanted {
    async fn make(self, part: Part) -> Result<Body, Refusal> {
        let (set, read) = (self.current.number, self.clone());
        let figures = self.site.pages.figures(set, self.figured.clone(), || read.read()).await?;
        let (id, period) = (&self.figured.community, self.figured.period);
        let view = view::at(&self.current, id, period, &figures, self.now, self.site.origin)?;
        let urls = Urls::default();
        let name = |kind: &str| format!("{id}-{}-{}-{kind}.csv", period.code(), period.first());
        let body = match part {
            Part::Page => Body::page(community::render(&view, &self.locale, &urls)),
            Part::Live => Body::page(community::render_live(&view, &self.locale, &urls)),
            Part::Amounts => Body::page(amounts::render(&self.amounts(view).await?, &self.locale, &urls)),
            Part::Series => Body::csv(name("series"), community::series_csv(&view)),
            Part::Totals => Body::csv(name("totals"), community::totals_csv(&view)),
        };
        Ok(body?)
    }

    /// Asks the lake.
    async fn read(self) -> Result<Figures, Refusal> {
        let period: Period = self.figured.period;
        Ok(Figures::of(&self.community().await?, period).await?)
    }

    /// What the amounts of a page are made of; the lake is asked for the lines only.
    async fn amounts(&self, of: CommunityView) -> Result<AmountsView, Refusal> {
        let (wanted, period) = (self.clone(), self.figured.period);
        let read = async move { Ok(crate::read::amounts::of(&wanted.community().await?, period).await?) };
        let lines = self.site.pages.in_turn(read).await?;
        let billing = of.billing.as_ref().filter(|billing| billing.billed_us.is_some());
        Ok(AmountsView {
            lines,
            saved_micro: of.money.saved.map(|saved| saved.micro),
            billed_micro: billing.map(|billing| billing.billed_micro),
            drafted_micro: billing.map(|billing| billing.open_micro),
            community_id: of.community_id,
            name: of.name,
            currency: of.currency,
            zone: of.zone,
            period: of.period,
            now_us: of.now_us,
            origin: of.origin,
        })
    }

    async fn community(&self) -> Result<View, Refusal> {
        let (registry, published) = (Arc::clone(&self.current.registry), self.current.published.clone());
        let reader = Reader::over(&self.current.visitor, &self.site.installation, registry, published);
        Ok(reader.community(&self.figured.community).await?)
    }
}
