//! Journeys of claims through the road, and what holds on every journey.

mod acts;
mod answers;
mod asks;
mod before;
mod calls;
mod denials;
mod journey;
mod migrations;
mod people;
mod properties;
mod records;
mod remittances;
mod time;
